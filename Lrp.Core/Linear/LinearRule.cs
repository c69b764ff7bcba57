using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// A rule for linear layers that is given as data: groups of terms, each a part of the input through a part of the
/// weights. The engine turns it into as few convolutions as the values allow.
/// </summary>
/// <remarks>
/// Defined for <c>Linear</c>, convolutions and transposed convolutions of one to three dimensions, and for average
/// pooling, which is linear without parameters and is used as it is in every term.
/// </remarks>
public abstract class LinearRule : StabilizedRule
{
    /// <summary>Creates a rule.</summary>
    /// <param name="stabilizer">Stabilizes the denominators.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    protected LinearRule(Stabilizer stabilizer, bool excludeBias)
        : base(stabilizer)
    {
        ExcludeBias = excludeBias;
    }

    /// <summary>Whether the rule sees the bias as zero.</summary>
    public bool ExcludeBias { get; }

    /// <summary>The groups of terms, whose relevance is added.</summary>
    public abstract IReadOnlyList<TermGroup> TermGroups { get; }

    /// <inheritdoc/>
    public override string? Validate(nn.Module module) =>
        LinearMap.IsDefinedFor(module)
            ? null
            : "it is a rule for linear layers (Linear, Conv, ConvTranspose and average pooling). Use Epsilon or "
                + "Norm there, or give the module no rule.";

    /// <inheritdoc/>
    internal override JoiningTraits Joining => JoiningTraits.ReadsOutputsWhereRelevant;

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module)
    {
        var needs = RuleNeeds.Shapes;
        foreach (var group in TermGroups)
        {
            if (group.Terms.Any(IsWhole))
            {
                // The forward pass is this term's own: its output is the denominator, its graph the gradient.
                needs |= LinearMap.GraphIsFast(module) ? RuleNeeds.LocalGraph : RuleNeeds.Output;
            }

            if (group.Gate != OutputGate.Open)
            {
                needs |= RuleNeeds.Output;
            }

            if (
                group.Terms.Any(term =>
                    term.Input.Kind is InputPartKind.All or InputPartKind.Positive or InputPartKind.Negative
                )
            )
            {
                needs |= RuleNeeds.Input;
            }
        }

        return needs;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return [new LinearPropagation(this, call).Run()];
    }

    private static bool IsWhole(LinearTerm term) =>
        term.Input.Kind == InputPartKind.All && term.Weight == WeightPart.All;
}
