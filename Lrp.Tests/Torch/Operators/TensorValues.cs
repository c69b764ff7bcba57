using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>A tensor's elements as an array, in row-major order, whatever its strides and type.</summary>
internal static class TensorValues
{
    internal static double[] Values(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to_type(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    internal static long[] Integers(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to_type(ScalarType.Int64).contiguous().data<long>().ToArray();
    }

    internal static bool[] Truths(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.cpu().contiguous().data<bool>().ToArray();
    }

    /// <summary>0, 1, 2, ... in the given shape.</summary>
    internal static Tensor Counting(params long[] shape) =>
        arange(shape.Aggregate(1L, (product, n) => product * n), dtype: ScalarType.Float32).reshape(shape);
}
