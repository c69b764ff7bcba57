namespace Lrp.Rules.FunctionRules;

/// <summary>Operators of one tensor that work entry by entry.</summary>
internal static class Elementwises
{
    /// <summary>Those that also work in place.</summary>
    public static IReadOnlyList<string> Activations { get; } =
    [
        "relu",
        "relu6",
        "leaky_relu",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "sigmoid",
        "tanh",
        "hardswish",
        "hardsigmoid",
        "hardtanh",
    ];

    /// <summary>The others.</summary>
    public static IReadOnlyList<string> Mathematics { get; } =
    [
        "softplus",
        "log_sigmoid",
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
    ];
}
