namespace Lrp.Decomposition.Agglomeration;

/// <summary>Computes percentiles.</summary>
internal static class Percentile
{
    /// <summary>
    /// The percentile with linear interpolation. NaN values are ignored; NaN if no other value is left.
    /// </summary>
    public static double Of(IEnumerable<double> values, double percentile)
    {
        var sorted = values.Where(value => !double.IsNaN(value)).Order().ToArray();
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        var position = percentile / 100 * (sorted.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        var weight = position - below;
        var (low, high) = (sorted[below], sorted[above]);
        return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
    }
}
