namespace Lrp.Core.Linear;

/// <summary>
/// A part of the input sent through a part of the weights and of the bias: one term of a linear rule.
/// </summary>
/// <param name="Input">The part of the input.</param>
/// <param name="Weight">The part of the weights.</param>
/// <param name="Bias">The part of the bias.</param>
/// <param name="Sign">+1, or −1 for a term that is subtracted in the denominator and in the relevance.</param>
public sealed record LinearTerm(InputPart Input, WeightPart Weight, WeightPart Bias, double Sign = 1);

/// <summary>At which outputs a group of terms applies.</summary>
public enum OutputGate
{
    /// <summary>At every output.</summary>
    Open,

    /// <summary>Where the layer's own output is positive.</summary>
    Positive,

    /// <summary>Where the layer's own output is negative.</summary>
    Negative,
}

/// <summary>
/// Terms of a linear rule with one common denominator. With z_t the output of term t and s_t its sign, it
/// gives R_i = c · Σ_t s_t x_{t,i} Σ_j w_{t,ij} R_j / stabilized(Σ_t s_t z_{t,j}).
/// </summary>
/// <param name="Terms">The terms.</param>
/// <param name="Coefficient">The factor c, such as AlphaBeta's α and −β.</param>
/// <param name="Gate">At which outputs j the group applies.</param>
public sealed record TermGroup(
    IReadOnlyList<LinearTerm> Terms,
    double Coefficient = 1,
    OutputGate Gate = OutputGate.Open
);
