namespace Lrp.Rules.FunctionRules;

/// <summary>Operators that stand for one function together with others.</summary>
internal static class OperatorNames
{
    /// <summary>
    /// The last step of a softmax that is written out: e^x / Σe^x, e^x · (1 / Σe^x), e^log_softmax(x).
    /// </summary>
    public static string[] WrittenSoftmax { get; } =
    ["aten::div", "aten::div_", "aten::mul", "aten::mul_", "aten::exp", "aten::exp_"];

    /// <summary>The softmax itself.</summary>
    public static string[] Softmax { get; } = ["aten::softmax", "aten::special_softmax", "aten::_softmax"];

    /// <summary>Convolutions, those that are transposed too.</summary>
    public static string[] Convolutions { get; } =
    [
        "aten::conv1d",
        "aten::conv2d",
        "aten::conv3d",
        "aten::conv_transpose1d",
        "aten::conv_transpose2d",
        "aten::conv_transpose3d",
    ];
}
