using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Element-wise functions and softmax, which the current algorithm splits.</content>
public static partial class OperatorRules
{
    private static void Activations(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(
            OperatorRule.From(context =>
                Elementwise(context, context.First, context.Operation.On, context.Operation.Name)
            ),
            "relu",
            "relu6",
            "leaky_relu",
            "gelu",
            "tanh",
            "sigmoid",
            "silu",
            "elu",
            "selu",
            "celu",
            "hardtanh",
            "hardswish",
            "hardsigmoid",
            "softplus",
            "mish",
            "log_sigmoid",
            "softsign",
            "threshold",
            "tanhshrink",
            "softshrink",
            "hardshrink",
            "rrelu",
            "exp",
            "exp2",
            "expm1",
            "log",
            "log2",
            "log10",
            "log1p",
            "sqrt",
            "rsqrt",
            "reciprocal",
            "abs",
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
            "erf",
            "erfc",
            "erfinv",
            "logit",
            "sinc",
            "clamp",
            "clamp_min",
            "clamp_max",
            "clip",
            "nan_to_num",
            "special_expit",
            "deg2rad",
            "rad2deg"
        );
        rules.Add(
            OperatorRule.FromMany(context =>
                Single(context, Elementwise(context, context.First, context.Operation.On, "logsigmoid"))
            ),
            "log_sigmoid_forward"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var weight = context.Constant("weight")!;
                var rank = (int)context.Input("self").Value.ndim;
                var slope =
                    weight.numel() == 1 || rank < 2 ? weight : weight.reshape([-1, .. Enumerable.Repeat(1L, rank - 2)]);
                return Elementwise(context, context.Input("self"), t => where(t.ge(0), t, t * slope), "prelu");
            }),
            "prelu",
            "_prelu_kernel"
        );

        rules.Add(
            OperatorRule.From(context =>
            {
                var input = context.First;
                var dim = FromEnd(context.Operation.GetInt64("dim", -1), input.Value.ndim);
                var half = input.Value.shape[^(int)-dim] / 2;
                var gate = context.Activate(context.Map(input, t => t.narrow(dim, half, half)), sigmoid, "sigmoid");
                return context.Multiply(context.Map(input, t => t.narrow(dim, 0, half)), gate).Split;
            }),
            "glu"
        );

        rules.Add(
            OperatorRule.From(context =>
                Softmax(context, context.First, context.Output, context.Operation.GetInt64("dim"))
            ),
            "softmax",
            "_softmax",
            "special_softmax"
        );

        // The shift of a log softmax is the same for all classes and is treated as a constant.
        rules.Add(
            OperatorRule.From(context =>
            {
                var dim = FromEnd(context.Operation.GetInt64("dim"), context.Output.ndim);
                var input = context.First;
                var shift = context.Once("shift", () => (context.Output - input.Value).narrow(dim, 0, 1));
                return new CompositionChunk(
                    input.Split.Components,
                    input.Split.Residual is null ? null : input.Split.Residual + shift,
                    context.IsContextual
                );
            }),
            "log_softmax",
            "_log_softmax",
            "special_log_softmax"
        );
    }

    private static CompositionChunk Elementwise(
        OperatorContext context,
        Decomposed input,
        Func<Tensor, Tensor> function,
        string name
    ) => context.Algorithm.Activate(context, input, context.Output, function, name);

    private static CompositionChunk? Softmax(OperatorContext context, Decomposed input, Tensor output, long dim) =>
        context.Algorithm.Softmax(context, input, output, FromEnd(dim, output.ndim));

    private static long FromEnd(long dim, long rank) => dim < 0 ? dim : dim - rank;
}
