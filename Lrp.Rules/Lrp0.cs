namespace Lrp.Rules;

/// <summary>
/// LRP-0: R_i = Σ_j x_i w_ij R_j / z_j, the <see cref="Epsilon"/> rule without a stabilizer (Bach et al. 2015, eq. 56).
/// </summary>
/// <remarks>
/// On a network of ReLUs without biases the relevance of the input sums to the explained output. An output that is
/// exactly zero passes nothing on.
/// </remarks>
public sealed class Lrp0 : Epsilon
{
    /// <summary>Creates the rule.</summary>
    /// <param name="excludeBias">Whether the rule sees the bias as zero; only for linear layers.</param>
    public Lrp0(bool excludeBias = false)
        : base(0, excludeBias) { }

    /// <inheritdoc/>
    public override string ToString() => Formatting.Describe(nameof(Lrp0), ExcludeBias);
}
