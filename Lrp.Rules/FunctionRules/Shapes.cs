namespace Lrp.Rules.FunctionRules;

/// <summary>Dimensions and shapes of reductions.</summary>
internal static class Shapes
{
    /// <summary>Dimensions counted from the front, in order; all of them where none are named.</summary>
    public static long[] Dimensions(long[]? dimensions, long rank) =>
        dimensions is not { Length: > 0 }
            ? [.. Enumerable.Range(0, (int)rank).Select(k => (long)k)]
            : [.. dimensions.Select(d => d < 0 ? d + rank : d).Order()];

    /// <summary>The shape that a reduction over dimensions has when it keeps them.</summary>
    public static long[] Reduced(long[] shape, long[] dimensions) =>
        [.. shape.Select((size, k) => dimensions.Contains(k) ? 1 : size)];
}
