using Lrp.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Weights from a file into a module.</summary>
[TestFixture]
public sealed class SafetensorsStateDictTests
{
    private string _path = string.Empty;

    [SetUp]
    public void CreatePath() =>
        _path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.safetensors");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void AModuleGetsTheWeightsAndBuffersOfTheOneThatWasSaved()
    {
        using var saved = Network();
        using var loaded = Network();
        saved.SaveSafetensors(_path);

        var (missing, unexpected) = loaded.LoadSafetensors(_path);

        using var x = randn(2, 3);
        saved.eval();
        loaded.eval();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(missing, Is.Empty);
            Assert.That(unexpected, Is.Empty);
            Assert.That(loaded.call(x).data<float>().ToArray(), Is.EqualTo(saved.call(x).data<float>().ToArray()));
        }
    }

    [Test]
    public void ValuesAreConvertedToTheTypesOfTheModule()
    {
        using var saved = nn.Linear(3, 2, dtype: ScalarType.Float64);
        using var loaded = nn.Linear(3, 2);
        saved.SaveSafetensors(_path);
        loaded.LoadSafetensors(_path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(loaded.weight.dtype, Is.EqualTo(ScalarType.Float32));
            Assert.That(
                loaded.weight.data<float>().ToArray(),
                Is.EqualTo(saved.weight.to(ScalarType.Float32).data<float>().ToArray())
            );
        }
    }

    [Test]
    public void NamesThatDifferAreListedAndNothingIsLoaded()
    {
        using var module = nn.Linear(3, 2);
        using var before = module.weight.clone();
        Save(("weight", zeros(2, 3)), ("offset", zeros(2)));
        var error = Assert.Throws<SafetensorsException>(() => module.LoadSafetensors(_path));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Does.Contain("missing in the file: bias"));
            Assert.That(error.Message, Does.Contain("unknown to the model: offset"));
            Assert.That(module.weight.eq(before).all().item<bool>(), Is.True);
        }
    }

    [Test]
    public void WhatFitsIsLoadedIfNotStrict()
    {
        using var module = nn.Linear(3, 2);
        Save(("weight", zeros(2, 3)), ("offset", zeros(2)));
        var (missing, unexpected) = module.LoadSafetensors(_path, strict: false);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(missing, Is.EqualTo(new[] { "bias" }));
            Assert.That(unexpected, Is.EqualTo(new[] { "offset" }));
            Assert.That(module.weight.abs().sum().item<float>(), Is.Zero);
        }
    }

    [Test]
    public void AShapeThatWouldOnlyBroadcastIsRefusedStrictOrNot()
    {
        using var module = nn.Linear(3, 2);
        Save(("weight", zeros(1, 3)), ("bias", zeros(2)));
        Assert.That(
            () => module.LoadSafetensors(_path, strict: false),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("weight (file [1, 3], model [2, 3])")
        );
    }

    [Test]
    public void NamesCanBeChangedAndTensorsLeftOut()
    {
        using var module = nn.Linear(3, 2);
        Save(("fc.weight", zeros(2, 3)), ("fc.bias", ones(2)), ("step", ones(1)));
        module.LoadSafetensors(_path, rename: name => name == "step" ? null : name["fc.".Length..]);
        Assert.That(module.bias!.sum().item<float>(), Is.EqualTo(2));
    }

    private static Sequential Network() =>
        nn.Sequential(("fc", nn.Linear(3, 4)), ("norm", nn.BatchNorm1d(4)), ("relu", nn.ReLU()));

    private void Save(params (string Name, Tensor Value)[] tensors)
    {
        SafetensorsFile.Save(_path, tensors.ToDictionary(pair => pair.Name, pair => pair.Value));
        foreach (var (_, value) in tensors)
        {
            value.Dispose();
        }
    }
}
