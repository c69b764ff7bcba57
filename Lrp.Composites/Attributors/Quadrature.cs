namespace Lrp.Composites.Attributors;

/// <summary>How the integral along a path from 0 to 1 becomes a sum.</summary>
public enum QuadratureRule
{
    /// <summary>Points at the left ends of n equal parts: 0, 1/n, …</summary>
    Left,

    /// <summary>Points at the right ends of n equal parts: 1/n, …, 1.</summary>
    Right,

    /// <summary>Points in the middle of n equal parts.</summary>
    Midpoint,

    /// <summary>n points from 0 to 1, both included, the outermost with half the weight.</summary>
    Trapezoid,

    /// <summary>The n points of Gauss and Legendre: exact for polynomials up to degree 2n − 1, so the fewest points for smooth models.</summary>
    GaussLegendre,
}

/// <summary>Points and weights of a quadrature rule on [0, 1]; the weights sum to 1.</summary>
public static class Quadrature
{
    /// <summary>The points and weights.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="points">How many points; at least 1, for the trapezoid at least 2.</param>
    public static IReadOnlyList<(double Point, double Weight)> Nodes(QuadratureRule rule, int points)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, rule == QuadratureRule.Trapezoid ? 2 : 1);
        double n = points;
        return rule switch
        {
            QuadratureRule.Left => [.. Enumerable.Range(0, points).Select(k => (k / n, 1 / n))],
            QuadratureRule.Right => [.. Enumerable.Range(1, points).Select(k => (k / n, 1 / n))],
            QuadratureRule.Midpoint => [.. Enumerable.Range(0, points).Select(k => ((k + 0.5) / n, 1 / n))],
            QuadratureRule.Trapezoid => [.. Enumerable.Range(0, points).Select(k => (k / (n - 1), (k == 0 || k == points - 1 ? 0.5 : 1) / (n - 1)))],
            QuadratureRule.GaussLegendre => [.. Enumerable.Range(0, points).Select(k => GaussLegendreNode(k, points))],
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "This is no quadrature rule."),
        };
    }

    /// <summary>A root of the Legendre polynomial P_n by Newton's method, and its weight 2/((1 − x²)·P'_n(x)²), moved from [−1, 1] to [0, 1].</summary>
    private static (double Point, double Weight) GaussLegendreNode(int k, int n)
    {
        double x = -Math.Cos(Math.PI * (k + 0.75) / (n + 0.5));
        double slope = 0;
        for (int iteration = 0; iteration < 100; iteration++)
        {
            (double value, slope) = Legendre(n, x);
            double step = value / slope;
            x -= step;
            if (Math.Abs(step) < 1e-15)
            {
                break;
            }
        }

        (_, slope) = Legendre(n, x);
        return ((x + 1) / 2, 1 / ((1 - (x * x)) * slope * slope));
    }

    private static (double Value, double Slope) Legendre(int n, double x)
    {
        double before = 1;
        double value = x;
        for (int degree = 2; degree <= n; degree++)
        {
            (before, value) = (value, ((((2 * degree) - 1) * x * value) - ((degree - 1) * before)) / degree);
        }

        return (value, n * ((x * value) - before) / ((x * x) - 1));
    }
}
