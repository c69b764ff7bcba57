using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Whoever knows that a backward pass is the last one frees on the way what rules have kept.</summary>
[TestFixture]
[NonParallelizable]
public sealed class GraphLifeTests
{
    private const long Numbers = 10 << 20; // 40 MiB each
    private const int Layers = 8;

    [Test]
    public void AnAttributionFreesWhatRulesHaveKeptOnTheWayDown()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(
            Enumerable.Range(0, Layers).Select(k => ($"{k}", (nn.Module<Tensor, Tensor>)nn.GELU())).ToArray()
        );
        var watch = new Watch();
        var method = new CompositeAttributor(new Composite { { typeof(GELU), watch } });

        method.Attribute(model, ones(1, Numbers), Target.Class(0)).Dispose();

        Assert.That(watch.Native, Has.Count.EqualTo(Layers));
        var freed = watch.Native[0] - watch.Native[^1];
        Assert.That(freed, Is.GreaterThan(Layers / 2 * Numbers * sizeof(float)), "half of all, at least");
    }

    [Test]
    public void ALocalGraphServesAsOftenAsItsRuleNeedsIt() => AssertAttributedAsByHand(new HalvesOfTwoPasses());

    /// <summary>A rule may run modules that have rules, and go back through them as often as it likes.</summary>
    [Test]
    public void AGraphThatARuleMakesServesAsOftenAsItKeepsIt() => AssertAttributedAsByHand(new OwnGraph());

    /// <summary>An attributor gives what a backward pass by hand does.</summary>
    private static void AssertAttributedAsByHand(BackwardRule rule)
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        using var model = nn.Sequential(("in", nn.Linear(4, 5)), ("box", new Box()), ("out", nn.Linear(5, 3)));
        var input = randn(2, 4);
        var composite = new Composite { { typeof(Box), rule }, { typeof(GELU), new Twice() } };

        using var result = new CompositeAttributor(composite).Attribute(model, input, Target.Class(1));
        using var registration = composite.Register(model);
        var leaf = input.clone().requires_grad_();
        model.call(leaf).select(1, 1).sum().backward();
        registration.ThrowIfFaulted();

        Assert.That(result.Relevance.sub(leaf.grad!).abs().max().item<float>(), Is.Zero);
    }

    /// <summary>Notes the memory of the process whenever relevance arrives.</summary>
    private sealed class Watch : BackwardRule
    {
        public List<long> Native { get; } = [];

        public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Input;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
        {
            Native.Add(NativeHeap.BytesInUse());
            return [call.Relevance];
        }
    }

    private sealed class Box : nn.Module<Tensor, Tensor>
    {
        public Box()
            : base(nameof(Box)) => register_module("inner", Inner);

        public GELU Inner { get; } = nn.GELU();

        public override Tensor forward(Tensor input) => Inner.call(input);
    }

    private sealed class HalvesOfTwoPasses : BackwardRule
    {
        public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.LocalGraph;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
        {
            using var half = call.Relevance.mul(0.5);
            return [call.Gradient([half])[0]! + call.Gradient([half])[0]!];
        }
    }

    private sealed class OwnGraph : BackwardRule
    {
        public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Input;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
        {
            using var gradients = enable_grad();
            var leaf = call.Input.detach().requires_grad_();
            var output = ((Box)call.Module).Inner.call(leaf);
            output.backward([call.Relevance], retain_graph: true);
            output.backward([call.Relevance]);
            return [leaf.grad!.detach()];
        }
    }

    private sealed class Twice : BackwardRule
    {
        public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Input;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) => [call.Relevance.mul(call.Input)];
    }
}
