using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>Divides relevance by denominators that may be close to zero.</summary>
/// <remarks>
/// The stabilized denominator is z + ε·sign(z) with sign(0) = +1 (Bach et al. 2015, eq. 58). With ε = 0 the quotient
/// is zero where z is: an output to which nothing contributes has nothing to hand on.
/// </remarks>
public static class Stabilizer
{
    /// <summary>relevance / (z + ε·sign(z)).</summary>
    /// <param name="relevance">The numerator; not changed.</param>
    /// <param name="denominator">z; changed in place when <paramref name="owned"/>.</param>
    /// <param name="epsilon">ε ≥ 0.</param>
    /// <param name="owned">Whether z's memory may be used.</param>
    /// <returns>A new tensor, or the denominator's memory.</returns>
    public static Tensor Divide(Tensor relevance, Tensor denominator, double epsilon, bool owned = false)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        ArgumentNullException.ThrowIfNull(denominator);
        if (epsilon == 0)
        {
            using var vanishing = denominator.eq(0);
            return relevance.div(denominator).masked_fill_(vanishing, 0);
        }

        using var stabilized = Stabilize(denominator, epsilon, owned);
        return relevance.div(stabilized);
    }

    /// <summary>relevance / (z + ε) for denominators that are nowhere negative.</summary>
    /// <param name="relevance">The numerator; not changed.</param>
    /// <param name="denominator">z ≥ 0; not changed.</param>
    /// <param name="epsilon">ε ≥ 0.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor DivideByNonNegative(Tensor relevance, Tensor denominator, double epsilon)
    {
        if (epsilon == 0)
        {
            return Divide(relevance, denominator, 0);
        }

        ArgumentNullException.ThrowIfNull(relevance);
        ArgumentNullException.ThrowIfNull(denominator);
        using var stabilized = denominator.add(Representable(epsilon, denominator.dtype));
        return relevance.div(stabilized);
    }

    /// <summary>z + ε·sign(z), sign(0) being +1.</summary>
    /// <param name="values">z; changed in place when <paramref name="owned"/>.</param>
    /// <param name="epsilon">ε &gt; 0.</param>
    /// <param name="owned">Whether z's memory may be used.</param>
    /// <returns>The stabilized values, in a handle of their own.</returns>
    public static Tensor Stabilize(Tensor values, double epsilon, bool owned = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var step = tensor(Representable(epsilon, values.dtype), values.dtype, values.device);
        var shift = copysign(step, values);
        if (owned)
        {
            using (shift)
            {
                return values.add_(shift);
            }
        }

        return shift.add_(values);
    }

    /// <summary>ε, or the smallest positive number of a narrow element type when ε would round to zero in it.</summary>
    private static double Representable(double epsilon, ScalarType dtype) =>
        dtype == ScalarType.Float16 ? Math.Max(epsilon, 6e-8) : epsilon;
}
