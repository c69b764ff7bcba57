using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// A function of a layer's weights or bias, element by element: a multiple of the positive part plus a multiple of the
/// negative part, the square, one, or nothing.
/// </summary>
/// <param name="Kind">Which function.</param>
/// <param name="OfPositive">For <see cref="WeightPartKind.Scaled"/>, the factor of max(w, 0).</param>
/// <param name="OfNegative">For <see cref="WeightPartKind.Scaled"/>, the factor of min(w, 0).</param>
public readonly record struct WeightPart(WeightPartKind Kind, double OfPositive, double OfNegative)
{
    /// <summary>w itself.</summary>
    public static WeightPart All { get; } = Scaled(1, 1);

    /// <summary>max(w, 0).</summary>
    public static WeightPart Positive { get; } = Scaled(1, 0);

    /// <summary>min(w, 0).</summary>
    public static WeightPart Negative { get; } = Scaled(0, 1);

    /// <summary>w².</summary>
    public static WeightPart Squared { get; } = new(WeightPartKind.Squared, 0, 0);

    /// <summary>One for each w.</summary>
    public static WeightPart Ones { get; } = new(WeightPartKind.Ones, 0, 0);

    /// <summary>Zero for each w.</summary>
    public static WeightPart None { get; } = new(WeightPartKind.None, 0, 0);

    /// <summary>a·max(w, 0) + b·min(w, 0).</summary>
    /// <param name="ofPositive">The factor a.</param>
    /// <param name="ofNegative">The factor b.</param>
    /// <returns>The part; w + γw⁺ is <c>Scaled(1 + γ, 1)</c>.</returns>
    public static WeightPart Scaled(double ofPositive, double ofNegative) =>
        new(WeightPartKind.Scaled, ofPositive, ofNegative);

    /// <summary>Applies the function.</summary>
    /// <param name="values">Weights or a bias.</param>
    /// <returns>
    /// A tensor of the same shape: <paramref name="values"/> itself for <see cref="All"/>, else a new one.
    /// </returns>
    public Tensor Of(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        switch (Kind)
        {
            case WeightPartKind.Squared:
                return values.square();
            case WeightPartKind.Ones:
                return ones_like(values);
            case WeightPartKind.None:
                return zeros_like(values);
            default:
                if (OfPositive == OfNegative)
                {
                    return OfPositive == 1 ? values : values.mul(OfPositive);
                }

                if (OfNegative == 0)
                {
                    var positive = values.clamp_min(0);
                    return OfPositive == 1 ? positive : positive.mul_(OfPositive);
                }

                // a·w⁺ + b·w⁻ = b·w + (a − b)·w⁺
                var result = values.clamp_min(0).mul_(OfPositive - OfNegative);
                return result.add_(values, OfNegative);
        }
    }
}

/// <summary>The kinds of <see cref="WeightPart"/>.</summary>
public enum WeightPartKind
{
    /// <summary>A multiple of the positive part plus a multiple of the negative part.</summary>
    Scaled,

    /// <summary>The square.</summary>
    Squared,

    /// <summary>One.</summary>
    Ones,

    /// <summary>Zero.</summary>
    None,
}
