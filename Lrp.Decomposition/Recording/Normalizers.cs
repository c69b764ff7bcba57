namespace Lrp.Decomposition.Recording;

/// <summary>
/// Recognises the factor of a normalization in a record: what multiplies by a reciprocal root, or divides by a root, a
/// norm or a standard deviation.
/// </summary>
/// <remarks>
/// Such a factor counts as a constant, as in the rules for layer norm: its parts nearly cancel, and splitting them
/// amplifies rounding without limit.
/// </remarks>
internal static class Normalizers
{
    private static readonly HashSet<string> Roots =
    [
        "sqrt",
        "std",
        "norm",
        "linalg_norm",
        "linalg_vector_norm",
        "frobenius_norm",
    ];

    private static readonly HashSet<string> Shapes =
    [
        "unsqueeze",
        "squeeze",
        "expand",
        "view",
        "reshape",
        "to",
        "clone",
    ];

    /// <summary>Whether a value is a root, a norm or a standard deviation, with a constant added at most.</summary>
    public static bool IsDivisor(TrackedValue value) => Is(value, inverse: false);

    /// <summary>Whether a value is the reciprocal of one.</summary>
    public static bool IsFactor(TrackedValue value) => Is(value, inverse: true);

    private static bool Is(TrackedValue value, bool inverse)
    {
        if (value.Producer is not { Operation: { } operation } node)
        {
            return false;
        }

        return operation.Name switch
        {
            "rsqrt" => inverse,
            "pow" => operation["exponent"] is long or double
                && operation.GetDouble("exponent") == (inverse ? -0.5 : 0.5),
            "reciprocal" => Tracked(node, "self") is { } self && Is(self, !inverse),
            "div" => Tracked(node, "self") is { } numerator
                ? Tracked(node, "other") is null && Is(numerator, inverse)
                : Tracked(node, "other") is { } divisor && Is(divisor, !inverse),
            "mul" or "add" or "sub" or "maximum" => Only(node) is { } tracked && Is(tracked, inverse),
            "clamp" or "clamp_min" => Tracked(node, "self") is { } clamped && Is(clamped, inverse),
            var name when Shapes.Contains(name) => Tracked(node, "self") is { } moved && Is(moved, inverse),
            var name => !inverse && Roots.Contains(name),
        };
    }

    private static TrackedValue? Tracked(TapeNode node, string argument) =>
        node.Find(argument) is { Count: 1 } found ? found[0].Tracked : null;

    private static TrackedValue? Only(TapeNode node) =>
        (Tracked(node, "self"), Tracked(node, "other")) switch
        {
            ({ } self, null) => self,
            (null, { } other) => other,
            _ => null,
        };
}
