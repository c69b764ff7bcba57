namespace Lrp.Cli;

/// <summary>Shapes as they are written for a reader.</summary>
internal static class ShapeText
{
    /// <summary>Such as "1 × 3 × ? × ?"; a question mark stands for a size that is open.</summary>
    public static string Of(IReadOnlyList<long>? shape) =>
        shape switch
        {
            null => "of any shape",
            [] => "scalar",
            _ => string.Join(" × ", shape.Select(size => size < 0 ? "?" : $"{size}")),
        };
}
