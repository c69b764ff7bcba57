namespace Lrp.Rules.FunctionRules;

/// <summary>Operators of one tensor that work entry by entry, by their names without <c>aten::</c>.</summary>
internal static class Elementwises
{
    private static readonly string[] ActivationsAlsoInPlace =
    [
        "relu",
        "relu6",
        "leaky_relu",
        "rrelu",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "sigmoid",
        "tanh",
        "hardswish",
        "hardsigmoid",
        "hardtanh",
        "threshold",
    ];

    /// <summary>
    /// The activations that zennit lists as such, in their own and in their in-place form. Mish is none of them.
    /// </summary>
    public static IReadOnlyList<string> Activations { get; } =
    [
        .. ActivationsAlsoInPlace.SelectMany(name => new[] { name, $"{name}_" }),
        "prelu",
        "softplus",
        "log_sigmoid",
        "hardshrink",
        "softshrink",
    ];

    /// <summary>The others.</summary>
    public static IReadOnlyList<string> Mathematics { get; } =
    [
        "mish",
        "mish_",
        "neg",
        "abs",
        "exp",
        "expm1",
        "log",
        "log1p",
        "sqrt",
        "rsqrt",
        "square",
        "reciprocal",
        "erf",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "asinh",
        "acosh",
        "atanh",
        "exp2",
        "log2",
        "log10",
        "erfc",
        "logit",
        "sinc",
        "special_expit",
        "special_erf",
        "special_erfc",
        "special_expm1",
        "special_log1p",
        "special_exp2",
        "special_logit",
        "special_ndtr",
    ];
}
