using Lrp.Composites;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>A registered model that calls itself.</summary>
[TestFixture]
public sealed class RecursionTests
{
    [Test]
    public void RelevanceBeginsOnceAtTheOutermostOutput()
    {
        using var scope = NewDisposeScope();
        var model = new Twice();
        using var registration = new Composite { { typeof(TorchSharp.Modules.Linear), LrpRule.Lrp0() } }.Register(
            model
        );
        var x = randn(1, 4, ScalarType.Float64).requires_grad_();

        var output = model.call(x);
        output[0, 1].backward();

        Assert.That(x.grad!.sum().item<double>(), Is.EqualTo(output[0, 1].item<double>()).Within(1e-9));
        Assert.That(registration.Conservation().ModelOutput, Is.EqualTo(output[0, 1].item<double>()).Within(1e-9));
    }

    [Test]
    public void ACallThatThrewIsNotTakenForTheOuterOne()
    {
        using var scope = NewDisposeScope();
        var model = new Twice();
        using var registration = new Composite { { typeof(TorchSharp.Modules.Linear), LrpRule.Lrp0() } }.Register(
            model
        );
        for (var round = 0; round < 5; round++)
        {
            var x = randn(1, 4, ScalarType.Float64).requires_grad_();
            model.Throws = true;
            Assert.That(() => model.call(x), Throws.InvalidOperationException);
            model.Throws = false;
            var output = model.call(x);
            output[0, 1].backward();
            Assert.That(x.grad!.sum().item<double>(), Is.EqualTo(output[0, 1].item<double>()).Within(1e-9));
        }
    }

    [Test]
    public void ABoundOfAZBoxMayBeDisposedByItsOwner()
    {
        using var scope = NewDisposeScope();
        var low = full(1, -3.0f);
        var rule = LrpRule.ZBox(low, full(1, 3.0f));
        low.Dispose();
        var layer = nn.Linear(4, 3);
        using var registration = new Composite { { typeof(nn.Module), rule } }.Register(layer);
        var x = randn(1, 4).requires_grad_();
        layer.call(x)[0, 0].backward();
        Assert.That(registration.ThrowIfFaulted, Throws.Nothing);
    }

    private sealed class Twice : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear _layer = nn.Linear(4, 4, hasBias: false).to(ScalarType.Float64);
        private int _depth;

        public Twice()
            : base(nameof(Twice)) => register_module("layer", _layer);

        public bool Throws { get; set; }

        public override Tensor forward(Tensor input)
        {
            _depth++;
            try
            {
                return _depth % 2 == 0
                    ? Throws
                        ? throw new InvalidOperationException("on purpose")
                        : _layer.call(input)
                    : _layer.call(call(input));
            }
            finally
            {
                _depth--;
            }
        }
    }
}
