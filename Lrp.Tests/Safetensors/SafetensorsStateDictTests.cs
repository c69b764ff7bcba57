using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Safetensors;

/// <summary>Weights from a file into a module.</summary>
[TestFixture]
public sealed class SafetensorsStateDictTests
{
    private string _path = string.Empty;

    [SetUp]
    public void CreatePath() => _path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.safetensors");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void A_module_gets_the_weights_and_buffers_of_the_one_that_was_saved()
    {
        using Sequential saved = Network();
        using Sequential loaded = Network();
        saved.SaveSafetensors(_path);

        (IReadOnlyList<string> missing, IReadOnlyList<string> unexpected) = loaded.LoadSafetensors(_path);

        using Tensor x = randn(2, 3);
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
    public void Values_are_converted_to_the_types_of_the_module()
    {
        using Linear saved = nn.Linear(3, 2, dtype: ScalarType.Float64);
        using Linear loaded = nn.Linear(3, 2);
        saved.SaveSafetensors(_path);
        loaded.LoadSafetensors(_path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(loaded.weight.dtype, Is.EqualTo(ScalarType.Float32));
            Assert.That(loaded.weight.data<float>().ToArray(), Is.EqualTo(saved.weight.to(ScalarType.Float32).data<float>().ToArray()));
        }
    }

    [Test]
    public void Names_that_differ_are_listed_and_nothing_is_loaded()
    {
        using Linear module = nn.Linear(3, 2);
        using Tensor before = module.weight.clone();
        Save(("weight", zeros(2, 3)), ("offset", zeros(2)));
        SafetensorsException? error = Assert.Throws<SafetensorsException>(() => module.LoadSafetensors(_path));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Does.Contain("missing in the file: bias"));
            Assert.That(error.Message, Does.Contain("unknown to the model: offset"));
            Assert.That(module.weight.eq(before).all().item<bool>(), Is.True);
        }
    }

    [Test]
    public void What_fits_is_loaded_if_not_strict()
    {
        using Linear module = nn.Linear(3, 2);
        Save(("weight", zeros(2, 3)), ("offset", zeros(2)));
        (IReadOnlyList<string> missing, IReadOnlyList<string> unexpected) = module.LoadSafetensors(_path, strict: false);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(missing, Is.EqualTo(new[] { "bias" }));
            Assert.That(unexpected, Is.EqualTo(new[] { "offset" }));
            Assert.That(module.weight.abs().sum().item<float>(), Is.Zero);
        }
    }

    [Test]
    public void A_shape_that_would_only_broadcast_is_refused_strict_or_not()
    {
        using Linear module = nn.Linear(3, 2);
        Save(("weight", zeros(1, 3)), ("bias", zeros(2)));
        Assert.That(
            () => module.LoadSafetensors(_path, strict: false),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("weight (file [1, 3], model [2, 3])"));
    }

    [Test]
    public void Names_can_be_changed_and_tensors_left_out()
    {
        using Linear module = nn.Linear(3, 2);
        Save(("fc.weight", zeros(2, 3)), ("fc.bias", ones(2)), ("step", ones(1)));
        module.LoadSafetensors(_path, rename: name => name == "step" ? null : name["fc.".Length..]);
        Assert.That(module.bias!.sum().item<float>(), Is.EqualTo(2));
    }

    private static Sequential Network() =>
        nn.Sequential(("fc", nn.Linear(3, 4)), ("norm", nn.BatchNorm1d(4)), ("relu", nn.ReLU()));

    private void Save(params (string Name, Tensor Value)[] tensors)
    {
        SafetensorsFile.Save(_path, tensors.ToDictionary(pair => pair.Name, pair => pair.Value));
        foreach ((string _, Tensor value) in tensors)
        {
            value.Dispose();
        }
    }
}
