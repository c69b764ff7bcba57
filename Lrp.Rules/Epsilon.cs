using Lrp.Core;
using Lrp.Core.Linear;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// LRP-ε: R_i = x_i Σ_j ∂f_j/∂x_i · R_j / (f_j(x) + ε·sign(f_j(x))), which for a linear layer is Σ_j x_i w_ij R_j /
/// (z_j + ε·sign(z_j)).
/// </summary>
/// <remarks>
/// <para>
/// Bach et al. 2015, "On pixel-wise explanations", eq. 58; for other differentiable modules it is gradient times input
/// normalised by the output, Achtibat et al. 2024, "AttnLRP", eqs. 4, 5 and 8. The bias takes its share of relevance,
/// which is absorbed.
/// </para>
/// <para>
/// Defined for every module with differentiable inputs and outputs. With several inputs each gets its own share of the
/// same quotient. Where an output is zero, sign is +1; with ε = 0 nothing is passed on from there.
/// </para>
/// </remarks>
public class Epsilon : StabilizedRule
{
    private readonly LinearEpsilon _linear;

    /// <summary>Creates the rule.</summary>
    /// <param name="epsilon">
    /// ε ≥ 0, the default is 1e-6; larger values absorb more of the relevance of weak outputs.
    /// </param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero; only for linear layers.</param>
    public Epsilon(Stabilizer? epsilon = null, bool excludeBias = false)
        : base(epsilon ?? 1e-6)
    {
        ExcludeBias = excludeBias;
        _linear = new LinearEpsilon(Stabilizer, excludeBias);
    }

    /// <summary>Whether the rule sees the bias as zero.</summary>
    public bool ExcludeBias { get; }

    /// <inheritdoc/>
    public override string? Validate(nn.Module module) =>
        ExcludeBias && _linear.Validate(module) is not null && module.named_parameters(false).Any()
            ? "leaving out the bias is only defined for Linear and convolutions."
            : null;

    /// <inheritdoc/>
    internal override JoiningTraits Joining => JoiningTraits.ReadsOutputsWhereRelevant;

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) =>
        Weighted(module) ? _linear.NeedsFor(module) : RuleNeeds.LocalGraph;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return Weighted(call.Module) ? _linear.Propagate(call) : InputTimesGradient.Propagate(call, Stabilizer);
    }

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(Epsilon), ExcludeBias, ("epsilon", Stabilizer));

    private static bool Weighted(nn.Module module) =>
        module is TorchSharp.Modules.Linear or TorchSharp.Modules.Convolution;

    /// <summary>The rule on a linear layer, where nothing but its values is needed.</summary>
    private sealed class LinearEpsilon(Stabilizer stabilizer, bool excludeBias) : LinearRule(stabilizer, excludeBias)
    {
        public override IReadOnlyList<TermGroup> TermGroups { get; } =
        [new TermGroup([new LinearTerm(InputPart.All, WeightPart.All, WeightPart.All)])];
    }
}
