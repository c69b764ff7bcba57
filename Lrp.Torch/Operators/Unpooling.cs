using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Torch.Operators;

/// <summary>The inverse of max pooling: sizes that the operators want spelt out.</summary>
internal static class Unpooling
{
    // libtorch unpools planes, so a line is a plane of width one.
    internal static Tensor One(Tensor input, Tensor indices, long kernel, long stride, long padding, long[]? output)
    {
        using var scope = NewDisposeScope();
        long length = output is { Length: > 0 } ? output[^1] : (input.shape[^1] - 1) * stride - 2 * padding + kernel;
        return nn.functional.max_unpool2d_of(input.unsqueeze(-1), indices.unsqueeze(-1), [length, 1]).squeeze(-1).MoveToOuterDisposeScope();
    }

    internal static long[] OutputSize(Tensor input, long[] kernel, long[]? stride, long[]? padding, long[]? output)
    {
        if (output is { Length: > 0 })
        {
            return output.Length > kernel.Length ? output[^kernel.Length..] : output;
        }

        int n = kernel.Length;
        long[] shape = input.shape;
        long[] steps = Complete(stride is { Length: > 0 } ? stride : kernel, n);
        long[] pads = Complete(padding is { Length: > 0 } ? padding : [0], n);
        return Enumerable.Range(0, n).Select(k => (shape[shape.Length - n + k] - 1) * steps[k] - 2 * pads[k] + kernel[k]).ToArray();
    }

    internal static long[] Complete(long[] values, int n) => values.Length == 1 ? Enumerable.Repeat(values[0], n).ToArray() : values;
}
