namespace Lrp.Core.Interception;

/// <summary>Operators of libtorch that have several names, of which a front end calls one or another.</summary>
internal static class OperatorAliases
{
    private static readonly string[][] Groups =
    [
        ["softmax", "special_softmax", "_softmax"],
        ["log_softmax", "special_log_softmax", "_log_softmax"],
        ["sigmoid", "special_expit"],
        ["expm1", "special_expm1"],
        ["log1p", "special_log1p"],
        ["exp2", "special_exp2"],
        ["erf", "special_erf"],
        ["erfc", "special_erfc"],
        ["logit", "special_logit"],
        ["logsumexp", "special_logsumexp"],
        ["mul", "multiply"],
        ["div", "divide", "true_divide"],
        ["sub", "subtract"],
        ["neg", "negative"],
        ["abs", "absolute"],
        ["clamp", "clip"],
        ["matmul", "linalg_matmul"],
        ["cat", "concat", "concatenate"],
        ["outer", "ger"],
        ["norm", "linalg_vector_norm"],
    ];

    private static readonly Dictionary<string, string[]> ByName = Groups
        .SelectMany(group => group.Select(name => (name, group)))
        .ToDictionary(entry => entry.name, entry => entry.group);

    /// <summary>An operator's names, its own first, without <c>aten::</c> and overload.</summary>
    public static IEnumerable<string> Of(string name) =>
        ByName.TryGetValue(name, out var group) ? group.Where(other => other != name).Prepend(name) : [name];

    /// <summary>The operators that TorchSharp runs in place of one that it never calls; none for others.</summary>
    public static IReadOnlyList<string> RunInPlaceOf(string name) => name == "linear" ? ["addmm", "matmul"] : [];
}
