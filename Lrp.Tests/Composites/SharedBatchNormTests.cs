using Lrp.Composites;
using Lrp.Composites.Canonizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Composites;

/// <summary>
/// Batch normalisation is merged only where the model stays the same function, and put back entirely or not at all.
/// </summary>
[TestFixture]
public sealed class SharedBatchNormTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void TwoLayersThatShareAWeightAreRefused()
    {
        var (first, second) = (nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1));
        second.weight = first.weight;
        var model = nn.Sequential(("a", first), ("norm", Norm()), ("b", second), ("act", nn.ReLU()));
        model.eval();
        var before = model.call(Images());
        using (Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            Assert.That(
                () => model.call(Images()),
                Throws.InvalidOperationException.With.Message.Contains("'a' and 'b'")
            );
        }

        Assert.That(model.call(Images()).Equals(before), Is.True);
    }

    [Test]
    public void OneLayerWithTwoNormsIsRefused()
    {
        var shared = nn.Conv2d(3, 3, 1);
        var model = nn.Sequential(("a", shared), ("norm1", Norm()), ("b", shared), ("norm2", Norm()));
        model.eval();
        using (Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            Assert.That(() => model.call(Images()), Throws.InvalidOperationException.With.Message.Contains("'norm1'"));
        }

        Assert.That(
            () =>
                Presets
                    .EpsilonPlus(canonizers: new NamedMergeBatchNorm(("a", "norm1"), ("a", "norm2")))
                    .Register(model),
            Throws.ArgumentException.With.Message.Contains("'a' is named in two pairs")
        );
    }

    [Test]
    public void AStateDictThatIsLoadedWhileRegisteredIsKept([Values] bool bias)
    {
        var (model, other) = (Model(bias), Model(bias));
        var expected = other.call(Images());
        using (Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            model.call(Images());
            model.load_state_dict(other.state_dict(), strict: false);
        }

        Assert.That(model.call(Images()).allclose(expected, 1e-6, 1e-6), Is.True);
    }

    [Test]
    public void AnotherElementTypeWhileRegisteredIsKeptWithTheOriginalValues([Values] bool bias)
    {
        var model = Model(bias);
        var expected = model.call(Images()).to(ScalarType.Float64);
        using (Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            model.call(Images());
            model.to(ScalarType.Float64);
        }

        Assert.That(model.call(Images().to(ScalarType.Float64)).allclose(expected, 1e-5, 1e-6), Is.True);
    }

    [Test]
    public void TrainingWhileRegisteredIsKept()
    {
        var model = Model(bias: true);
        Tensor trained;
        using (Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            model.call(Images());
            using (no_grad())
            {
                model.get_parameter("conv.weight")!.mul_(1.1);
            }

            trained = model.call(Images()).detach();
        }

        Assert.That(model.call(Images()).allclose(trained, 1e-6, 1e-6), Is.True);
    }

    private static Tensor Images()
    {
        manual_seed(9);
        return randn(2, 3, 5, 5);
    }

    private static TorchSharp.Modules.Sequential Model(bool bias)
    {
        var model = nn.Sequential(("conv", nn.Conv2d(3, 3, 3, bias: bias)), ("norm", Norm()), ("act", nn.ReLU()));
        model.eval();
        return model;
    }

    private static TorchSharp.Modules.BatchNorm2d Norm()
    {
        var norm = nn.BatchNorm2d(3);
        using (no_grad())
        {
            norm.running_mean!.copy_(randn(3));
            norm.running_var!.copy_(rand(3) + 0.5);
            norm.weight!.copy_(rand(3) + 0.5);
            norm.bias!.copy_(randn(3));
        }

        return norm;
    }
}
