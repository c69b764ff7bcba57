using Lrp.Core;
using Lrp.Models.Layers;
using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>A rule made of a change of the gradient.</summary>
/// <param name="change">The change.</param>
internal abstract class ChangeRule(GradientChange change) : BackwardRule
{
    protected GradientChange Changed => change;

    public override bool TakesRelevance(nn.Module module, int argument) => change.TakesRelevance(argument);

    public override string ToString() => $"{GetType().Name}({change})";

    internal override bool ReadsParameters(nn.Module module) => !LentWeights.AreLent(module);

    /// <summary>x_k · g_k for each input.</summary>
    protected static IReadOnlyList<Tensor?> TimesInputs(RelevanceCall call, IReadOnlyList<Tensor> gradients, Tensor own)
    {
        var products = new Tensor?[gradients.Count];
        for (var k = 0; k < products.Length; k++)
        {
            var (gradient, input) = (gradients[k], call.Inputs[k].detach());
            var isShared =
                ReferenceEquals(gradient, own) || gradients.Count(other => ReferenceEquals(other, gradient)) > 1;
            products[k] = isShared || gradient.stride().Contains(0) ? gradient.mul(input) : gradient.mul_(input);
        }

        return products;
    }
}

/// <summary>The efficient form: the changed gradient is passed on.</summary>
internal sealed class EfficientRule(GradientChange change) : ChangeRule(change)
{
    internal override bool Conserves => false;

    public override RuleNeeds NeedsFor(nn.Module module) => Changed.Needs;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) => Changed.Change(call, call.Relevance);
}

/// <summary>
/// The explicit form: relevance over output is the gradient, and input times changed gradient relevance.
/// </summary>
internal sealed class ExplicitRule(GradientChange change) : ChangeRule(change)
{
    /// <summary>Keeps 0 / 0 out and changes no other quotient.</summary>
    private static readonly Stabilizer Tiny = Stabilizer.Unsigned(1e-300);

    public override RuleNeeds NeedsFor(nn.Module module) => Changed.Needs | RuleNeeds.Input | RuleNeeds.Output;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        var gradient = Tiny.Divide(call.Relevance, call.Output.detach());
        return TimesInputs(call, Changed.Change(call, gradient), own: gradient);
    }
}

/// <summary>Where the explicit form begins: a gradient arrives, and relevance is passed on.</summary>
internal sealed class StartRule(GradientChange change) : ChangeRule(change)
{
    public override RuleNeeds NeedsFor(nn.Module module) => Changed.Needs | RuleNeeds.Input;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) =>
        TimesInputs(call, Changed.Change(call, call.Relevance), own: call.Relevance);
}
