using Lrp.Composites;
using Lrp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Weights that change while a model is registered.</summary>
[TestFixture]
public sealed class ChangedWeightsTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    private static IEnumerable<WeightChange> Changes()
    {
        yield return Change("one weight", w => w[3, 2] = tensor(5.0));
        yield return Change(
            "two filters swapped",
            w => w.copy_(w.index_select(0, tensor(new long[] { 1, 0, 2, 3, 4, 5 })))
        );
        yield return Change("flipped", w => w.copy_(w.flip(0)));
        yield return Change("rolled", w => w.copy_(w.roll(1, 1)));
        yield return Change("all negated", w => w.neg_());
        yield return Change("a step of training", w => w.add_(randn_like(w), 1e-3));
        yield return Change("written past libtorch, as Module.load does", w => w.bytes = (w * 2 + 1).bytes.ToArray());
        yield return Change("NaN first, then a number", w => w[0, 0] = tensor(double.NaN), w => w[0, 0] = tensor(1.0));
    }

    private static IEnumerable<BackwardRule> Rules() =>
        [
            LrpRule.ZPlus(),
            LrpRule.Gamma(),
            LrpRule.AlphaBeta(),
            LrpRule.WSquare(),
            LrpRule.ZBox(-3, 3),
            LrpRule.Epsilon(),
        ];

    [Test]
    public void AChangeOfAnyWeightIsNoticed(
        [ValueSource(nameof(Changes))] WeightChange change,
        [ValueSource(nameof(Rules))] BackwardRule rule
    )
    {
        manual_seed(1);
        var layer = nn.Linear(7, 6).to(ScalarType.Float64);
        using var registration = new Composite { { typeof(nn.Module), rule } }.Register(layer);
        var x = randn(2, 7, ScalarType.Float64);
        Relevance(layer, x);
        foreach (var step in change.Steps)
        {
            using (no_grad())
            {
                step(layer.weight!);
            }

            Relevance(layer, x);
        }

        var found = Relevance(layer, x);
        registration.Dispose();
        using var fresh = new Composite { { typeof(nn.Module), rule } }.Register(layer);
        Assert.That(found.allclose(Relevance(layer, x), equal_nan: true), Is.True);
    }

    [TestCaseSource(nameof(Rules))]
    public void AChangeBetweenForwardAndBackwardIsAFault(BackwardRule rule)
    {
        var layer = nn.Linear(7, 6).to(ScalarType.Float64);
        using var registration = new Composite { { typeof(nn.Module), rule } }.Register(layer);
        var x = randn(2, 7, ScalarType.Float64).requires_grad_();
        var output = layer.call(x);
        using (no_grad())
        {
            layer.weight!.mul_(2);
        }

        output[0, 0].backward();

        Assert.That(x.grad!.isnan().all().item<bool>(), Is.True);
        Assert.That(
            registration.ThrowIfFaulted,
            Throws.TypeOf<RelevanceException>().With.Message.Contains("overwritten after the module ran")
        );
    }

    private static WeightChange Change(string name, params Action<Tensor>[] steps) => new(name, steps);

    private static Tensor Relevance(nn.Module<Tensor, Tensor> layer, Tensor x)
    {
        var leaf = x.clone().requires_grad_();
        layer.call(leaf)[0, 0].backward();
        return leaf.grad!;
    }

    public sealed record WeightChange(string Name, Action<Tensor>[] Steps)
    {
        public override string ToString() => Name;
    }
}
