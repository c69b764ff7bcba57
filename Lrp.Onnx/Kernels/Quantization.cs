using Lrp.Onnx.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>
/// Whole numbers that stand for others: q for s·(q − z). Constants are computed here; layers are rewritten by
/// <see cref="Dequantization"/> as those of numbers, and what is left of them is rounding.
/// </summary>
internal static class Quantization
{
    private const string Attributes = "axis:i block_size:i output_dtype:i";
    private const double Steps = 255;

    public static IEnumerable<Operator> Operators { get; } =
    [
        new("DequantizeLinear", Role.Quantized, c => [Dequantized(c)], (2, 3), Attributes),
        new("QuantizeLinear", Role.Quantized, c => [Quantized(c)], (2, 3), Attributes + " saturate:i"),
        Rewritten("DynamicQuantizeLinear", "", (1, 1)),
        Rewritten("MatMulInteger", "", (2, 4)),
        Rewritten("ConvInteger", "", (2, 4)),
        Rewritten("MatMulIntegerToFloat", IntegerLayer.Microsoft, (4, 7)),
        Rewritten("DynamicQuantizeMatMul", IntegerLayer.Microsoft, (3, 5)),
        Rewritten("QLinearConcat", IntegerLayer.Microsoft, (5, int.MaxValue)),
        .. IntegerLayer.All.Select(layer => Rewritten(layer.Name, layer.Domain, layer.Inputs)),
        new("FromBits", Role.Numbers, c => [FromBits(c)], (2, 3), domain: ExpansionBody.Own),
        new("Dequantized", Role.Scale, c => [Dequantized(c)], (2, 3), domain: ExpansionBody.Own),
        new("Rounded", Role.Activation, c => [Passed(c[0], Rounded(c))], (2, 3), domain: ExpansionBody.Own),
        new(
            "DynamicallyRounded",
            Role.Activation,
            c => [Passed(c[0], DynamicallyRounded(c[0]))],
            (1, 1),
            domain: ExpansionBody.Own
        ),
    ];

    private static Operator Rewritten(string name, string domain, (int, int) inputs) =>
        new(name, Role.Quantized, c => throw OperatorTable.Rounding(c.Node), inputs, domain: domain);

    private static Tensor Dequantized(Call c)
    {
        var (scale, zero) = Parameters(c);
        var x = c[0].to_type(scale.dtype);
        return (zero is null ? x : x.sub(zero.to_type(scale.dtype))).mul(scale);
    }

    /// <summary>(N, K) of whole numbers of few bits, in blocks along K with a scale and a zero point.</summary>
    private static Tensor FromBits(Call c)
    {
        var (k, n, bits, block) = (c.Int("K", 0), c.Int("N", 0), c.Int("bits", 4), c.Int("block_size", 32));
        var count = block > 0 ? (k + block - 1) / block : 0;
        if (bits is not (2 or 4 or 8) || n < 1 || count < 1 || c[0].numel() != n * count * block * bits / 8)
        {
            throw c.Unfit($"has {n} rows of {k} numbers of {bits} bits in blocks of {block}");
        }

        var q = Unpacked(c[0].reshape(n, count, -1), bits);
        var zero = c.Optional(2) switch
        {
            null => tensor(1L << (int)(bits - 1)),
            { dtype: ScalarType.Byte } packed => Unpacked(packed.reshape(n, -1), bits)
                .narrow(1, 0, count)
                .unsqueeze(-1),
            { } numbers => numbers.reshape(n, count, 1),
        };
        var scale = c[1].reshape(n, count, 1);
        var values = q.to_type(scale.dtype).sub(zero.to_type(scale.dtype)).mul(scale);
        return values.reshape(n, -1).narrow(1, 0, k);
    }

    /// <summary>The numbers in bytes, the lowest bits first.</summary>
    private static Tensor Unpacked(Tensor bytes, long bits)
    {
        var whole = bytes.to_type(ScalarType.Int64);
        var parts = Enumerable
            .Range(0, (int)(8 / bits))
            .Select(part => whole.div(1L << (int)(part * bits), RoundingMode.floor).remainder(1L << (int)bits));
        return stack(parts, -1).flatten(-2);
    }

    private static Tensor Quantized(Call c)
    {
        var (scale, zero) = Parameters(c);
        var type = zero?.dtype ?? c.TypeOf(c.Int("output_dtype", 2));
        return Stepped(c[0], scale, zero, type).to_type(type);
    }

    /// <summary>s·(q − z) for the whole numbers q that x becomes.</summary>
    private static Tensor Rounded(Call c)
    {
        var (scale, zero) = Parameters(c);
        var type = zero?.dtype ?? c.TypeOf(c.Int("output_dtype", 2));
        var q = Stepped(c[0], scale, zero, type);
        return (zero is null ? q : q.sub(zero.to_type(q.dtype))).mul(scale);
    }

    private static Tensor Stepped(Tensor x, Tensor scale, Tensor? zero, ScalarType type)
    {
        var (low, high) = RangeOf(type);
        var steps = x.detach().div(scale).round();
        return (zero is null ? steps : steps.add(zero.to_type(steps.dtype))).clamp(low, high);
    }

    /// <summary>Rounded to 256 steps from the smallest entry to the largest, of which 0 is one.</summary>
    private static Tensor DynamicallyRounded(Tensor x)
    {
        var values = x.detach();
        var low = values.min().clamp_max(0);
        var scale = values.max().clamp_min(0).sub(low).div(Steps);
        if (scale.eq(0).ToBoolean())
        {
            return values.alias();
        }

        var zero = low.neg().div(scale).clamp(0, Steps).round();
        return values.div(scale).round().add(zero).clamp(0, Steps).sub(zero).mul(scale);
    }

    /// <summary>A rounded value whose gradient is that of the value before: rounding's own is zero.</summary>
    private static Tensor Passed(Tensor x, Tensor rounded) =>
        x.requires_grad ? rounded.add(x.sub(x.detach())) : rounded;

    /// <summary>UINT16 is held as Int32, UINT4 and INT4 as bytes.</summary>
    private static (double Low, double High) RangeOf(ScalarType type) =>
        type switch
        {
            ScalarType.Byte => (0, 255),
            ScalarType.Int8 => (-128, 127),
            ScalarType.Int16 => (short.MinValue, short.MaxValue),
            _ => (0, ushort.MaxValue),
        };

    /// <summary>The scale and the zero point in shapes that broadcast with the first input.</summary>
    private static (Tensor Scale, Tensor? Zero) Parameters(Call c)
    {
        var (x, scale) = (c[0], c.On(1, c[0]));
        var zero = c.Optional(2) is null ? null : c.On(2, x);
        if (scale.numel() == 1)
        {
            return (scale.reshape([]), zero?.reshape([]));
        }

        var axis = c.Axis(c.Int("axis", 1), x.dim());
        var block = c.Int("block_size", 0);
        if (block > 0)
        {
            return scale.dim() != x.dim() || scale.shape[axis] * block < x.shape[axis]
                ? throw c.Unfit($"has blocks of {block}")
                : (Blocks(scale), zero is null ? null : Blocks(zero));
        }

        var shape = Enumerable.Repeat(1L, (int)x.dim()).ToArray();
        shape[axis] = x.shape[axis];
        return scale.numel() != x.shape[axis]
            ? throw c.Unfit($"needs a scale for each entry of axis {axis}")
            : (scale.reshape(shape), zero is { } only && only.numel() == 1 ? only.reshape([]) : zero?.reshape(shape));

        Tensor Blocks(Tensor each) => each.repeat_interleave(block, axis).narrow(axis, 0, x.shape[axis]);
    }
}
