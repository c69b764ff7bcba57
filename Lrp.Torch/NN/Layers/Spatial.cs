namespace TorchSharp;

/// <summary>Sizes of windows and borders, one entry a dimension.</summary>
internal static class Spatial
{
    internal static long[] Of(long value, int dimensions)
    {
        var sizes = new long[dimensions];
        Array.Fill(sizes, value);
        return sizes;
    }

    internal static long[]? Of(long? value, int dimensions) => value is { } v ? Of(v, dimensions) : null;

    internal static double[]? Of(double? value, int dimensions)
    {
        if (value is not { } v)
        {
            return null;
        }

        var ratios = new double[dimensions];
        Array.Fill(ratios, v);
        return ratios;
    }

    internal static long[] Of((long, long) sizes) => [sizes.Item1, sizes.Item2];

    internal static long[] Of((long, long, long) sizes) => [sizes.Item1, sizes.Item2, sizes.Item3];

    internal static long[] Of((long, long, long, long) sizes) => [sizes.Item1, sizes.Item2, sizes.Item3, sizes.Item4];

    internal static long[] Of((long, long, long, long, long, long) sizes) =>
        [sizes.Item1, sizes.Item2, sizes.Item3, sizes.Item4, sizes.Item5, sizes.Item6];

    internal static long[]? Of((long, long)? sizes) => sizes is { } s ? Of(s) : null;

    internal static long[]? Of((long, long, long)? sizes) => sizes is { } s ? Of(s) : null;

    internal static double[]? Of((double, double)? ratios) => ratios is { } r ? [r.Item1, r.Item2] : null;

    internal static double[]? Of((double, double, double)? ratios) => ratios is { } r ? [r.Item1, r.Item2, r.Item3] : null;

    internal static long[] Of((long, long)? sizes, long otherwise) => Of(sizes ?? (otherwise, otherwise));

    internal static long[] Of((long, long, long)? sizes, long otherwise) => Of(sizes ?? (otherwise, otherwise, otherwise));
}
