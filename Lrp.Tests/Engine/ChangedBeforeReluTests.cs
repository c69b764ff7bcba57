using Lrp.Composites;
using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>A layer's output that is changed in place before the ReLU module behind it.</summary>
[TestFixture]
public sealed class ChangedBeforeReluTests
{
    private static IEnumerable<TestCaseData> Changes()
    {
        yield return Change("add", (y, x) => y.add_(x), (y, x) => y + x);
        yield return Change("mul", (y, x) => y.mul_(x), (y, x) => y * x);
        yield return Change("neg", (y, _) => y.neg_(), (y, _) => -y);
        yield return Change("clamp", (y, _) => y.clamp_(-0.2, 0.2), (y, _) => y.clamp(-0.2, 0.2));
        yield return Change("view", (y, x) => y.view(-1).add_(x.view(-1)), (y, x) => y + x);
    }

    private static TestCaseData Change(
        string name,
        Func<Tensor, Tensor, Tensor> inPlace,
        Func<Tensor, Tensor, Tensor> outOfPlace
    ) => new TestCaseData(inPlace, outOfPlace).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Changes))]
    public void RelevanceIsThatOfTheChangedOutputOrRefused(
        Func<Tensor, Tensor, Tensor> inPlace,
        Func<Tensor, Tensor, Tensor> outOfPlace
    )
    {
        using var scope = NewDisposeScope();
        foreach (var rule in new BackwardRule[] { LrpRule.Epsilon(), LrpRule.Gamma(), LrpRule.ZPlus() })
        {
            var layer = nn.Linear(4, 4).to(ScalarType.Float64);
            var x = randn(3, 4, ScalarType.Float64);
            var expected = Relevance(new Block(layer, outOfPlace), rule, x);
            var found = Relevance(new Block(layer, Discard(inPlace)), rule, x);

            Assert.That(expected, Is.Not.Null, rule.ToString());
            Assert.That(found is null || found.allclose(expected!), Is.True, rule.ToString());
        }
    }

    private static Func<Tensor, Tensor, Tensor> Discard(Func<Tensor, Tensor, Tensor> inPlace) =>
        (y, x) =>
        {
            inPlace(y, x);
            return y;
        };

    /// <summary>The relevance; null where the registration says that the output was overwritten.</summary>
    private static Tensor? Relevance(Block block, BackwardRule rule, Tensor x)
    {
        var composite = new Composite { { typeof(Linear), rule }, { typeof(ReLU), LrpRule.Pass() } };
        using var registration = composite.Register(block);
        var leaf = x.clone().requires_grad_();
        block.call(leaf).sum().backward();
        try
        {
            registration.ThrowIfFaulted();
            return leaf.grad!;
        }
        catch (RelevanceException exception) when (exception.Message.Contains("overwritten"))
        {
            return null;
        }
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _layer;
        private readonly ReLU _relu = nn.ReLU();
        private readonly Func<Tensor, Tensor, Tensor> _change;

        public Block(Linear layer, Func<Tensor, Tensor, Tensor> change)
            : base(nameof(Block))
        {
            (_layer, _change) = (layer, change);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _relu.call(_change(_layer.call(input), input));
    }
}
