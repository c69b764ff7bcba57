using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// A rule for linear layers that is given as data: shares of terms, each a part of the input through a part of the
/// weights. The engine turns it into as few convolutions as the values allow.
/// </summary>
/// <remarks>
/// Defined for <c>Linear</c>, convolutions and transposed convolutions of one to three dimensions, and for average
/// pooling, which is linear without parameters and is used as it is in every term.
/// </remarks>
public abstract class LinearRule : BackwardRule
{
    /// <summary>Creates a rule.</summary>
    /// <param name="stabilizer">ε of the stabilized denominators, ≥ 0.</param>
    /// <param name="excludeBias">Whether the rule sees the bias as zero.</param>
    protected LinearRule(double stabilizer, bool excludeBias)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stabilizer);
        Epsilon = stabilizer;
        ExcludeBias = excludeBias;
    }

    /// <summary>ε of the stabilized denominators.</summary>
    public double Epsilon { get; }

    /// <summary>Whether the rule sees the bias as zero.</summary>
    public bool ExcludeBias { get; }

    /// <summary>The shares, whose relevance is added.</summary>
    public abstract IReadOnlyList<LinearShare> Shares { get; }

    /// <inheritdoc/>
    public override string? ObjectionTo(nn.Module module) => LinearMap.IsDefinedFor(module)
        ? null
        : "it is a rule for linear layers (Linear, Conv, ConvTranspose and average pooling). Use Epsilon or Norm there, or leave the module alone.";

    /// <inheritdoc/>
    public override bool ReadsOnlyRelevantOutputs => true;

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module)
    {
        var needs = RuleNeeds.Shapes;
        foreach (var share in Shares)
        {
            if (share.Terms.Any(IsWhole))
            {
                // The forward pass is this term's own: its output is the denominator, its graph the gradient.
                needs |= LinearMap.GraphIsFast(module) ? RuleNeeds.LocalGraph : RuleNeeds.Output;
            }

            if (share.Gate != OutputGate.Open)
            {
                needs |= RuleNeeds.Output;
            }

            if (share.Terms.Any(term => term.Input.Kind is InputPartKind.All or InputPartKind.Positive or InputPartKind.Negative))
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
