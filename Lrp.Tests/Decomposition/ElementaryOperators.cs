using static Lrp.Tests.Decomposition.NetworkOperator;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>Arithmetic, reductions, and what only moves elements.</summary>
internal static class ElementaryOperators
{
    public static IReadOnlyList<NetworkOperator> All { get; } =
    [
        Function("add scalar", x => x + 0.3),
        WithScale("add tensor", (x, scale) => x + scale),
        Function("sub", x => 0.7 - x),
        WithScale("mul", (x, scale) => x * scale),
        WithScale("div", (x, scale) => x / scale),
        Function("residual", x => x + x.tanh()),
        Function("product", x => x * (x * 0.5).sigmoid()),
        Function("quotient", x => x / (x.abs() + 1)),
        Function("neg", x => -x),
        Function("add_", x => (x * 0.9).add_(x)),
        WithMask("where", (x, mask) => where(mask, x, x * 0.2)),
        WithMask("masked_fill", (x, mask) => x.masked_fill(mask, 0.4)),
        Function("flip", x => x.flip([-1])),
        Function("roll", x => x.roll(1, 1)),
        Function("cat", x => cat([x, x.tanh()], -1).narrow(-1, 1, x.shape[^1])),
        Function("stack", x => stack([x, x.sin()]).mean([0L])),
        Function("chunk", x => cat(x.chunk(2, 1).Reverse().ToArray(), 1)),
        Function("clone", x => x.clone().contiguous()),
        Function("maximum", x => maximum(x, x.neg())),
        WithScale("minimum", (x, scale) => minimum(x, x * scale)),
        Function("pow", x => x.abs().add(0.3).pow(1.5)),
        Function("transpose", x => x.transpose(-1, -2).contiguous().transpose(-1, -2)),
        Function("sort", x => x.sort(-1).Values),
        Function("cumsum", x => x.cumsum(-1)),
        Function("addcmul", x => x.addcmul(x.tanh(), x.sigmoid(), 0.5)),
        Function("unsqueeze", x => x.unsqueeze(1).squeeze(1)),
        Function("index_select", x => x.index_select(1, tensor(new long[] { 0 })).expand_as(x) * 0.5 + x),
        Function("sum", x => x + x.sum([-1L], true) * 0.1),
        Function("mean", x => x - x.mean([-1L], true)),
        Function("amax", x => x - x.amax([-1L], true)),
        Function("normalized", x => x / x.norm(-1, true, 2f).add(0.1)),
        Function("gather", x => x.gather(-1, x.argsort(-1))),
    ];

    private static NetworkOperator WithScale(string name, Func<Tensor, Tensor, Tensor> function) =>
        With(name, shape => rand(shape[^1..], ScalarType.Float64) + 0.5, function);

    private static NetworkOperator WithMask(string name, Func<Tensor, Tensor, Tensor> function) =>
        With(name, shape => rand(shape[1..], ScalarType.Float64).gt(0.3), function);

    private static NetworkOperator With(
        string name,
        Func<long[], Tensor> constant,
        Func<Tensor, Tensor, Tensor> function
    ) =>
        new(
            name,
            _ => true,
            shape => shape,
            shape =>
            {
                var value = constant(shape);
                return new NetworkStep(x => function(x, value));
            }
        );
}
