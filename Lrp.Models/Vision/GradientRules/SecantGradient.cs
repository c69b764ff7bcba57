using Lrp.Core;
using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.GradientRules;

/// <summary>
/// An activation: the gradient is f(x) / x in place of f'(x), so that x keeps the relevance of f(x) (Achtibat et al.
/// 2024, equation 9).
/// </summary>
internal sealed class SecantGradient : BackwardRule
{
    /// <summary>Added to x, whatever its sign, as LXT has it.</summary>
    private static readonly Stabilizer Divisor = Stabilizer.Unsigned(1e-10);

    public override string? Validate(nn.Module module) =>
        ActivationRule.IsActivation(module) ? null : "it is a rule for activations.";

    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Input | RuleNeeds.Output;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) =>
        [Divisor.Divide(call.Output.detach(), call.Input.detach()).mul_(call.Relevance)];
}
