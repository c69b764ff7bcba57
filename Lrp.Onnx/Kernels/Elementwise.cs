using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Operators that work entry by entry on one tensor.</summary>
internal static class Elementwise
{
    private static readonly (int, int) One = (1, 1);

    public static IEnumerable<Operator> Operators { get; } =
    [
        Activation("Relu", c => c[0].relu()),
        Activation("LeakyRelu", c => nn.functional.leaky_relu(c[0], c.Float("alpha", 0.01)), "alpha:f"),
        Activation("Elu", c => Exponential(c[0], c.Float("alpha", 1), 1, 1), "alpha:f"),
        Activation("Celu", c => Exponential(c[0], c.Float("alpha", 1), c.Float("alpha", 1), 1), "alpha:f"),
        Activation(
            "Selu",
            c => Exponential(c[0], c.Float("alpha", 1.6732632423543772), 1, c.Float("gamma", 1.0507009873554805)),
            "alpha:f gamma:f"
        ),
        Activation("ThresholdedRelu", c => c[0].mul(c[0].gt(c.Float("alpha", 1))), "alpha:f"),
        Activation(
            "HardSigmoid",
            c => c[0].mul(c.Float("alpha", 0.2)).add(c.Float("beta", 0.5)).clamp(0, 1),
            "alpha:f beta:f"
        ),
        Activation("HardSwish", c => nn.functional.hardswish(c[0])),
        Activation("Gelu", c => Gelu(c[0], c.Node.Text("approximate", "none") == "tanh"), "approximate:s"),
        Activation("Mish", c => c[0].mul(Softplus(c[0]).tanh())),
        Activation("Swish", c => c[0].mul(c[0].mul(c.Float("alpha", 1)).sigmoid()), "alpha:f"),
        Activation("Softplus", c => Softplus(c[0])),
        Activation("Softsign", c => c[0].div(c[0].abs().add(1))),
        Activation("Sigmoid", c => c[0].sigmoid()),
        Activation("Tanh", c => c[0].tanh()),
        Activation("Erf", c => c[0].erf()),
        Activation("Exp", c => c[0].exp()),
        Activation("Log", c => c[0].log()),
        Activation("Sqrt", c => c[0].sqrt()),
        Activation("Reciprocal", c => c[0].reciprocal()),
        Activation("Abs", c => c[0].abs()),
        Activation("Sign", c => c[0].sign()),
        Activation("Floor", c => c[0].floor()),
        Activation("Ceil", c => c[0].ceil()),
        Activation("Round", c => c[0].round()),
        Activation("Sin", c => c[0].sin()),
        Activation("Cos", c => c[0].cos()),
        Activation("Tan", c => c[0].tan()),
        Activation("Asin", c => c[0].asin()),
        Activation("Acos", c => c[0].acos()),
        Activation("Atan", c => c[0].atan()),
        Activation("Sinh", c => c[0].sinh()),
        Activation("Cosh", c => c[0].cosh()),
        Activation("Asinh", c => c[0].asinh()),
        Activation("Acosh", c => c[0].acosh()),
        Activation("Atanh", c => c[0].atanh()),
        Activation(
            "Shrink",
            c =>
            {
                var (bias, lambda) = (c.Float("bias", 0), c.Float("lambd", 0.5));
                return c[0].add(bias).mul(c[0].lt(-lambda)).add(c[0].sub(bias).mul(c[0].gt(lambda)));
            },
            "bias:f lambd:f"
        ),
        new("Clip", Role.Activation, c => [Clip(c)], (1, 3), "min:f max:f"),
        new("PRelu", Role.Activation, c => [c[0].clamp_min(0).add(c[0].clamp_max(0).mul(c.On(1, c[0])))], (2, 2)),
        new("Pow", Role.Activation, c => [Power(c)], (2, 2)),
        new("Neg", Role.Scale, c => [c[0].neg()], One),
        new("Identity", Role.Movement, c => [c[0].alias()], One),
        new("Dropout", Role.Movement, Dropout, (1, 3), "ratio:f seed:i"),
        new("Cast", Role.Scale, c => [c[0].to_type(c.TypeOf(c.Int("to", 0)))], One, "to!:i"),
        new("CastLike", Role.Scale, c => [c[0].to_type(c[1].dtype)], (2, 2)),
        new("Not", Role.Numbers, c => [c[0].logical_not()], One),
        new("IsNaN", Role.Numbers, c => [c[0].isnan()], One),
        new("IsInf", Role.Numbers, c => [c[0].isinf()], One),
    ];

    public static Tensor Gelu(Tensor x, bool byTanh) =>
        byTanh
            ? x.mul(0.5).mul(x.add(x.pow(3).mul(0.044715)).mul(Math.Sqrt(2 / Math.PI)).tanh().add(1))
            : x.mul(0.5).mul(x.div(Math.Sqrt(2)).erf().add(1));

    private static Operator Activation(string name, Func<Call, Tensor> run, string attributes = "") =>
        new(name, Role.Activation, c => [run(c)], One, attributes);

    private static Tensor Softplus(Tensor x) => x.logaddexp(zeros_like(x));

    /// <summary>γ·(x⁺ + α·(e^(x⁻/s) − 1)).</summary>
    private static Tensor Exponential(Tensor x, double alpha, double scale, double gamma) =>
        x.clamp_min(0).add(x.clamp_max(0).div(scale).expm1().mul(alpha)).mul(gamma);

    private static Tensor Clip(Call c)
    {
        var low = c.Node.Has("min") ? c.Float("min", 0) : Bound(c, 1);
        var high = c.Node.Has("max") ? c.Float("max", 0) : Bound(c, 2);
        return (low, high) switch
        {
            (null, null) => c[0].alias(),
            ({ } least, null) => c[0].clamp_min(least),
            (null, { } most) => c[0].clamp_max(most),
            ({ } least, { } most) => c[0].clamp(least, most),
        };
    }

    private static double? Bound(Call c, int position) =>
        c.Optional(position) is null ? null
        : c.Doubles(position) is [var bound] ? bound
        : throw c.Unfit("takes bounds of one number each");

    private static Tensor Power(Call c)
    {
        var exponent = c.On(1, c[0]);
        return c[0]
            .pow(exponent.is_floating_point() && c[0].is_floating_point() ? exponent.to_type(c[0].dtype) : exponent)
            .to_type(c[0].dtype);
    }

    private static Tensor?[] Dropout(Call c) =>
        c.Node.Outputs.Count > 1 ? [c[0].alias(), ones_like(c[0], ScalarType.Bool)] : [c[0].alias()];
}
