namespace Lrp.Decomposition.Agglomeration;

/// <summary>Checks of an agglomeration's options, before a region is chosen by them.</summary>
internal static class ScoreChecks
{
    /// <summary>Fails for a percentile that is none.</summary>
    public static void ThrowIfNoPercentile(double percentile)
    {
        if (percentile is not (>= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(
                nameof(percentile),
                percentile,
                "The percentile of an agglomeration must be from 0 to 100."
            );
        }
    }

    /// <summary>Fails for a class that the scorer does not score.</summary>
    public static void ThrowIfUnknown(int? index, IReadOnlyList<double> scores)
    {
        if (index is { } number && (number < 0 || number >= scores.Count))
        {
            throw new ArgumentOutOfRangeException(
                nameof(index),
                number,
                $"The scorer scores the classes 0 to {scores.Count - 1}."
            );
        }
    }
}
