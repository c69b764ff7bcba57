namespace Lrp.Torch.NN;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    /// <summary>
    /// The probability of a value below <paramref name="x"/>, to about 1e-15: a series about 0 (Marsaglia 2004), and
    /// beyond 6 deviations, where that loses digits, the first terms of the tail's asymptotic expansion.
    /// </summary>
    internal static double Cumulative(double x)
    {
        if (x < -6) return Tail(-x);
        if (x > 6) return 1 - Tail(x);
        var (sum, previous, term) = (x, 0.0, x);
        for (var k = 1; sum != previous; k++)
        {
            previous = sum;
            term *= x * x / ((2 * k) + 1);
            sum += term;
        }

        return 0.5 + (sum * Density(x));
    }

    private static double Tail(double x)
    {
        var inverse = 1 / (x * x);
        return Density(x) / x * (1 - (inverse * (1 - (3 * inverse * (1 - (5 * inverse))))));
    }

    private static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
}
