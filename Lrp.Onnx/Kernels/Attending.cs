using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>What attention needs besides products and softmax; operators that expansions use.</summary>
internal static class Attending
{
    public static IEnumerable<Operator> Operators { get; } =
    [
        Row("TransposeLast", Role.Movement, c => Matrices(c, c[0]).transpose(-1, -2), (1, 1)),
        Row("RepeatHeads", Role.Movement, Repeated, (2, 2)),
        Row("Heads", Role.Movement, Split, (1, 1)),
        Row("BiasPart", Role.Numbers, BiasPart, (2, 2)),
        Row("OfLength", Role.Movement, OfLength, (2, 3)),
        Row("PastLength", Role.Numbers, c => c[0].reshape(1, 1).sub(c[1].shape[^2]), (2, 2)),
        Row("Scaled", Role.Scale, Scaled, (1, 1)),
        Row("SoftCap", Role.Activation, c => c[0].div(c.Float("cap", 1)).tanh().mul(c.Float("cap", 1)), (1, 1)),
        Row("RotaryEmbedding", Role.Average, Rotated, (3, 4)),
        Row("Positions", Role.Numbers, c => arange(c[0].shape[^1], device: c[0].device).expand(c[0].shape), (1, 1)),
        Row("Lengths", Role.Numbers, c => c[0].ne(0).sum(-1).to_type(ScalarType.Int32), (1, 1)),
        Row("CausalMask", Role.Numbers, Causal, (1, 1)),
        Row("PaddingMask", Role.Numbers, Padded, (2, 2)),
        Row("AdditiveMask", Role.Numbers, Additive, (2, 2)),
    ];

    private static Operator Row(string name, Role role, Func<Call, Tensor> run, (int, int) inputs) =>
        new(name, role, c => [run(c)], inputs, domain: ExpansionBody.Own);

    private static Tensor Matrices(Call c, Tensor x) => x.dim() >= 2 ? x : throw c.Unfit("takes matrices");

    /// <summary>Keys or values of few heads, each for several heads of the queries.</summary>
    private static Tensor Repeated(Call c)
    {
        var (has, wants) = (c[0].shape[1], c[1].shape[1]);
        return has == wants ? c[0].alias()
            : has > 0 && wants % has == 0 ? c[0].repeat_interleave(wants / has, 1)
            : throw c.Unfit($"has {has} heads of keys for {wants} of queries");
    }

    /// <summary>(B, S, heads · E) to (B, heads, S, E).</summary>
    private static Tensor Split(Call c)
    {
        var (x, heads) = (c[0], c.Int("heads", 1));
        return x.dim() == 3 && heads > 0 && x.shape[2] % heads == 0
            ? x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] / heads).transpose(1, 2)
            : throw c.Unfit($"takes (B, S, E) for {heads} heads");
    }

    /// <summary>The part of the queries, the keys or the values in a bias of all of them.</summary>
    private static Tensor BiasPart(Call c)
    {
        var (bias, size, part) = (c[0], c[1].shape[^1], c.Int("part", 0));
        return bias.dim() == 1 && bias.shape[0] > 2 * size
            ? bias.narrow(0, part * size, part < 2 ? size : bias.shape[0] - (2 * size))
            : throw c.Unfit($"has another bias than for queries of {size} entries");
    }

    /// <summary>Keys, which have to be as many as the node says, in all samples.</summary>
    private static Tensor OfLength(Call c)
    {
        var (keys, total) = (c[0], c.Longs(1)[0]);
        var isPadded = c.OptionalLongs(2)?.Any(last => last + 1 != total) == true;
        return keys.shape[2] == total && !isPadded
            ? keys.alias()
            : throw c.Unfit($"has {keys.shape[2]} keys where it counts {total}, or samples of several lengths");
    }

    /// <summary>x times a number; without one, x / √E.</summary>
    private static Tensor Scaled(Call c)
    {
        var scale = c.Float("scale", 0);
        return c[0].mul(scale != 0 ? scale : 1 / Math.Sqrt(c[0].shape[^1]));
    }

    private static Tensor Causal(Call c)
    {
        var (rows, columns) = (c[0].shape[^2], c[0].shape[^1]);
        var all = ones([rows, columns], ScalarType.Bool, c[0].device);
        var hidden = all.triu(columns - rows + 1);
        if (c.Int("window", 0) is var window and > 0)
        {
            hidden = hidden.logical_or(all.tril(columns - rows - window));
        }

        return zeros([rows, columns], c[0].dtype, c[0].device).masked_fill(hidden, double.NegativeInfinity);
    }

    /// <summary>A mask of ones and zeros, (B, S) or (B, S, S), or the lengths of sequences (B).</summary>
    private static Tensor Padded(Call c)
    {
        var (mask, scores) = (c.On(0, c[1]), c[1]);
        var length = scores.shape[^1];
        var isKept = mask.dim() switch
        {
            1 when mask.shape[0] == scores.shape[0] => arange(length, device: scores.device)
                .lt(mask.unsqueeze(-1))
                .unsqueeze(1)
                .unsqueeze(1),
            2 => mask.ne(0).unsqueeze(1).unsqueeze(1),
            3 => mask.ne(0).unsqueeze(1),
            _ => throw c.Unfit("has a mask of a shape that is not supported"),
        };
        return isKept.logical_not().to_type(scores.dtype).mul(c.Float("filter", -10000));
    }

    private static Tensor Additive(Call c)
    {
        var mask = c.On(0, c[1]);
        return mask.dtype == ScalarType.Bool
            ? zeros(mask.shape, c[1].dtype, c[1].device).masked_fill(mask.logical_not(), double.NegativeInfinity)
            : mask.alias();
    }

    /// <summary>Pairs of entries turned by an angle for each position: (x, cos, sin, positions).</summary>
    private static Tensor Rotated(Call c)
    {
        var (x, cos, sin) = (c[0], c.On(1, c[0]), c.On(2, c[0]));
        var isFlat = x.dim() == 3;
        var heads = c.Int("num_heads", 0);
        var width = 2 * cos.shape[^1];
        heads =
            heads > 0 ? heads
            : isFlat ? x.shape[^1] / width
            : 1;
        if (isFlat && (heads < 1 || x.shape[2] % heads != 0))
        {
            throw c.Unfit($"has {heads} heads");
        }

        // (B, heads, S, E)
        var split = isFlat ? x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2) : x;
        var (length, size) = (split.shape[2], split.shape[3]);
        if (c.Optional(3) is not null)
        {
            var positions = c.On(3, x);
            positions =
                positions.numel() == 1 && length != 1
                    ? arange(length, device: x.device).add(positions.reshape([])).unsqueeze(0)
                    : positions;
            var flat = Selection.Positive(c, positions.reshape(-1), cos.shape[0]);
            cos = cos.index_select(0, flat).reshape([.. positions.shape, -1]);
            sin = sin.index_select(0, flat).reshape([.. positions.shape, -1]);
        }

        if (width > size || cos.shape[^2] != length)
        {
            throw c.Unfit($"turns {width} of {size} entries");
        }

        (cos, sin) = (cos.dim() == 3 ? cos.unsqueeze(1) : cos, sin.dim() == 3 ? sin.unsqueeze(1) : sin);
        var turned = split.narrow(-1, 0, width);
        var isPaired = c.Int("interleaved", 0) == 1;
        var pairs = turned.reshape([.. turned.shape[..^1], .. isPaired ? new[] { width / 2, 2L } : [2L, width / 2]]);
        var axis = isPaired ? -1 : -2;
        var (first, second) = (pairs.select(axis, 0), pairs.select(axis, 1));
        var result = stack([first.mul(cos).sub(second.mul(sin)), second.mul(cos).add(first.mul(sin))], axis)
            .reshape(turned.shape);
        result = width == size ? result : cat([result, split.narrow(-1, width, size - width)], -1);
        return isFlat ? result.transpose(1, 2).reshape(x.shape) : result;
    }
}
