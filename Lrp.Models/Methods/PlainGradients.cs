using Lrp.Core;
using Lrp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>The module's own gradient, through the graph of its forward pass.</summary>
internal sealed class OwnGradient : GradientChange
{
    public override bool IsPlain => true;

    public override RuleNeeds Needs => RuleNeeds.LocalGraph;

    public override IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient) =>
        [.. call.Gradient([gradient]).Select((found, k) => found ?? zeros_like(call.Inputs[k]))];

    public override string ToString() => "own gradient";
}

/// <summary>The gradient of a linear layer: Wᵀg, for which nothing of the forward pass is needed.</summary>
internal sealed class LinearGradient : GradientChange
{
    public override bool IsPlain => true;

    public override RuleNeeds Needs => RuleNeeds.Shapes;

    public override IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient)
    {
        using var lent = LentWeights.Read(call.Module);
        return
        [
            gradient.matmul(lent ?? (call.Module is TiedProjection tied ? tied.Table : ((Linear)call.Module).weight!)),
        ];
    }

    public override string ToString() => "linear";
}

/// <summary>The gradient of a sum: each summand has that of the sum.</summary>
internal sealed class SumGradient : GradientChange
{
    public override bool IsPlain => true;

    public override RuleNeeds Needs => RuleNeeds.Shapes;

    public override IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient) =>
        [.. call.InputShapes.Select(shape => Reduced.To(gradient, shape.Shape))];

    public override string ToString() => "sum";
}

/// <summary>
/// The gradient of softmax. The explicit form needs no division: with s the weights, z · (R − s ΣR), AttnLRP,
/// proposition 3.1.
/// </summary>
internal sealed class SoftmaxGradient : GradientChange
{
    public override bool IsPlain => true;

    public override RuleNeeds Needs => RuleNeeds.Output;

    public override IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient) =>
        [OfRelevance(call.Output.detach(), gradient.mul(call.Output.detach()))];

    public override BackwardRule ShortExplicitForm() => new Explicit(this);

    public override string ToString() => "softmax";

    private static Tensor OfRelevance(Tensor weights, Tensor relevance) =>
        relevance.sub(weights.mul(relevance.sum(-1, keepdim: true)));

    private sealed class Explicit(GradientChange change) : ChangeRule(change)
    {
        public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Input | RuleNeeds.Output;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) =>
            TimesInputs(call, [OfRelevance(call.Output.detach(), call.Relevance)], own: call.Relevance);
    }
}
