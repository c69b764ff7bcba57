using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class RestoreTests
{
    [Test]
    public void DisposeLeavesEveryParameterAndBufferBitForBit()
    {
        using var scope = NewDisposeScope();
        using var model = Normalised();
        var before = Snapshot(model);

        using (Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            Networks.Explain(model, Networks.Images(2));
        }

        AssertSame(model, before);
    }

    [Test]
    public void SoDoesDisposeAfterAnExceptionInForward()
    {
        using var scope = NewDisposeScope();
        using var model = Normalised();
        var before = Snapshot(model);
        var outputs = model.call(Networks.Images(2)).detach();

        using (Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model))
        {
            Assert.That(() => model.call(randn([2, 5, 8, 8], ScalarType.Float64).requires_grad_()), Throws.Exception);
        }

        AssertSame(model, before);
        Assert.That(model.call(Networks.Images(2)).detach().Equals(outputs), Is.True);
    }

    [Test]
    public void SoDoesDisposeAfterAnExceptionInARule()
    {
        using var scope = NewDisposeScope();
        using var model = Normalised();
        var before = Snapshot(model);

        using (new Composite(new MergeBatchNorm()) { { typeof(ReLU), new Failing() } }.Register(model))
        {
            Networks.Explain(model, Networks.Images(2));
        }

        AssertSame(model, before);
    }

    [Test]
    public void SoDoesAFailedRegistration()
    {
        using var scope = NewDisposeScope();
        using var model = Normalised();
        var before = Snapshot(model);

        Assert.That(
            () => new Composite(new MergeBatchNorm()) { { typeof(ReLU), new ZPlus() } }.Register(model),
            Throws.ArgumentException
        );

        AssertSame(model, before);
    }

    [Test]
    public void AfterDisposeNoHookActs()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        var gradient = Networks.Explain(model, Networks.Images(2));

        Presets.EpsilonPlus().Register(model).Dispose();

        Assert.That(Networks.Explain(model, Networks.Images(2)).Equals(gradient), Is.True);
    }

    [Test]
    public void RulesGiveParametersNoGradients()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = Presets.EpsilonGammaBox(-3, 3).Register(model);

        Networks.Explain(model, Networks.Images(2));

        Assert.That(model.parameters().Select(parameter => parameter.grad), Is.All.Null);
    }

    private static Sequential Normalised()
    {
        manual_seed(3);
        var model = nn.Sequential(
            ("conv", nn.Conv2d(2, 4, 3, bias: false)),
            ("norm", nn.BatchNorm2d(4)),
            ("relu", nn.ReLU()),
            ("conv2", nn.Conv2d(4, 3, 3)),
            ("norm2", nn.BatchNorm2d(3)),
            ("relu2", nn.ReLU()),
            ("flatten", nn.Flatten()),
            ("fc", nn.Linear(48, 3))
        );
        model.to(ScalarType.Float64);
        using (no_grad())
        {
            foreach (var (_, tensor) in model.named_buffers().Where(buffer => IsFloating(buffer.buffer)))
            {
                tensor.add_(rand_like(tensor));
            }

            foreach (var parameter in model.parameters())
            {
                parameter.add_(randn_like(parameter), 0.3);
            }
        }

        model.eval();
        return model;

        static bool IsFloating(Tensor tensor) => tensor.is_floating_point();
    }

    private static Dictionary<string, Tensor> Snapshot(nn.Module model) =>
        model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone());

    private static void AssertSame(nn.Module model, Dictionary<string, Tensor> before)
    {
        var now = model.state_dict();
        Assert.That(now.Keys, Is.EquivalentTo(before.Keys));
        foreach (var (name, tensor) in now)
        {
            Assert.That(tensor.Equals(before[name]), Is.True, name);
        }
    }

    private sealed class Failing : BackwardRule
    {
        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) =>
            throw new InvalidOperationException("this rule always fails");
    }
}
