using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>
/// Weights that the file has as whole numbers. Only constants: rounding between layers has no relevance.
/// </summary>
internal static class Quantization
{
    public static IEnumerable<Operator> Operators { get; } =
    [new("DequantizeLinear", Role.Numbers, c => [Dequantized(c)], (2, 3), "axis:i block_size:i output_dtype:i")];

    private static Tensor Dequantized(Call c)
    {
        var type = c[1].dtype;
        var (scale, zero) = (c[1], c.Optional(2)?.to_type(type));
        var x = c[0].to_type(type);
        if (scale.numel() == 1)
        {
            return (zero is null ? x : x.sub(zero.reshape([]))).mul(scale.reshape([]));
        }

        var axis = c.Axis(c.Int("axis", 1), x.dim());
        var block = c.Int("block_size", 0);
        if (block > 0)
        {
            if (scale.dim() != x.dim() || scale.shape[axis] * block < x.shape[axis])
            {
                throw c.Unfit($"has blocks of {block}");
            }

            return (zero is null ? x : x.sub(Blocks(zero))).mul(Blocks(scale));
        }

        var shape = Enumerable.Repeat(1L, (int)x.dim()).ToArray();
        shape[axis] = x.shape[axis];
        return scale.numel() != x.shape[axis]
            ? throw c.Unfit($"needs a scale for each entry of axis {axis}")
            : (zero is null ? x : x.sub(zero.reshape(shape))).mul(scale.reshape(shape));

        Tensor Blocks(Tensor each) => each.repeat_interleave(block, axis).narrow(axis, 0, x.shape[axis]);
    }
}
