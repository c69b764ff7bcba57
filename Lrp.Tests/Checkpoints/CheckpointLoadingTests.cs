using Lrp.Checkpoints;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Weights from any kind of checkpoint into a module.</summary>
[TestFixture]
public sealed class CheckpointLoadingTests
{
    [TestCase("state-dict-zip", 4, 4, "")]
    [TestCase("state-dict-legacy", 5, 5, "")]
    [TestCase("data-parallel", 4, 3, "state_dict/module.")]
    [TestCase("training", 3, 6, "model_state_dict/")]
    public void AModuleGetsTheWeightsWhereverTheyLieInTheFile(string name, int channels, int classes, string prefix)
    {
        using var scope = NewDisposeScope();
        var module = new SmallNetwork(channels, classes);

        var (missing, unexpected) = module.LoadCheckpoint(PyTorchFiles.Path(name));

        using var values = SafetensorsFile.Open(Path.ChangeExtension(PyTorchFiles.Path(name), ".safetensors"));
        Assert.That(missing, Is.Empty);
        Assert.That(unexpected, Is.Empty);
        foreach (var (key, value) in module.state_dict())
        {
            Assert.That(value.bytes.SequenceEqual(values.ReadTensor($"/{prefix}{key}").bytes), Is.True, key);
        }
    }

    [TestCase(ScalarType.Float64)]
    [TestCase(ScalarType.BFloat16)]
    public void ValuesAreConvertedToTheTypesOfTheModule(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var module = new SmallNetwork(5, 5, type);
        module.LoadCheckpoint(PyTorchFiles.Path("state-dict-legacy"));

        using var checkpoint = Checkpoint.Open(PyTorchFiles.Path("state-dict-legacy"));
        var weight = module.state_dict()["head.fc.weight"];
        Assert.That(weight.dtype, Is.EqualTo(type));
        Assert.That(weight.bytes.SequenceEqual(checkpoint.ReadTensor("head.fc.weight").to(type).bytes), Is.True);
    }

    [Test]
    public void EverythingThatDoesNotFitIsNamedAtOnceAndNothingIsLoaded()
    {
        using var scope = NewDisposeScope();
        var module = new SmallNetwork(4, 6);
        module.register_module("extra", nn.Linear(2, 2, hasBias: false));
        var before = module.state_dict()["conv.weight"].clone();

        var error = Assert.Throws<CheckpointException>(() =>
            module.LoadCheckpoint(PyTorchFiles.Path("state-dict-zip"))
        );

        Assert.That(error!.Message, Does.Contain("missing in the file: extra.weight"));
        Assert.That(error.Message, Does.Contain("head.fc.weight (file [4, 4], model [6, 4])"));
        Assert.That(error.Message, Does.Contain("head.fc.bias (file [4], model [6])"));
        Assert.That(module.state_dict()["conv.weight"].bytes.SequenceEqual(before.bytes), Is.True);
    }

    [Test]
    public void TwoModelsInOneFileAreToldApartByThePrefix()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.Of("two.safetensors");
        SafetensorsFile.Save(
            path,
            new Dictionary<string, Tensor> { ["model.weight"] = ones(2, 3), ["average.weight"] = zeros(2, 3) }
        );
        var module = nn.Linear(3, 2, hasBias: false);

        Assert.That(
            () => module.LoadCheckpoint(path),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("'average.', 'model.'")
        );
        module.LoadCheckpoint(path, prefix: "average.");
        Assert.That(module.weight.sum().item<float>(), Is.Zero);
    }

    [Test]
    public void WhatTheSameDictHoldsBesideTheModelIsNamed()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.Of("with-head.safetensors");
        SafetensorsFile.Save(
            path,
            new Dictionary<string, Tensor> { ["body.weight"] = ones(2, 3), ["head.out"] = ones(1) }
        );
        var module = nn.Linear(3, 2, hasBias: false);

        Assert.That(
            () => module.LoadCheckpoint(path),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("unknown to the model: head.out")
        );
        Assert.That(() => module.LoadCheckpoint(path, prefix: "body."), Throws.Nothing);
    }

    [Test]
    public void NamesCanBeChangedInWhateverDictTheyLie()
    {
        using var scope = NewDisposeScope();
        var module = nn.Sequential(("first", nn.Conv2d(3, 4, 3)));

        module.LoadCheckpoint(
            PyTorchFiles.Path("data-parallel"),
            rename: name =>
                name.StartsWith("module.conv.", StringComparison.Ordinal)
                    ? "first." + name["module.conv.".Length..]
                    : null
        );

        using var checkpoint = Checkpoint.Open(PyTorchFiles.Path("data-parallel"));
        Assert.That(
            module.state_dict()["first.bias"].bytes.ToArray(),
            Is.EqualTo(checkpoint.ReadTensor("state_dict/module.conv.bias").bytes.ToArray())
        );
    }

    [Test]
    public void AParameterUnderTwoNamesNeedsToBeInTheFileOnce()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.Of("tied.safetensors");
        SafetensorsFile.Save(path, new Dictionary<string, Tensor> { ["embed.weight"] = ones(4, 3) });
        var embed = nn.Embedding(4, 3);
        var head = nn.Linear(3, 4, hasBias: false);
        head.weight = embed.weight!;
        var module = nn.Sequential(("embed", embed), ("head", head));

        var (missing, _) = module.LoadCheckpoint(path);

        Assert.That(missing, Is.Empty);
        Assert.That(head.weight!.sum().item<float>(), Is.EqualTo(12));
    }

    [Test]
    public void AComplexTensorIsNotReadIntoARealOne()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(PyTorchFiles.Path("conjugate"));
        Assert.That(
            () => checkpoint.ReadTensor("conj", zeros(3, 2)),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("complex")
        );
    }
}
