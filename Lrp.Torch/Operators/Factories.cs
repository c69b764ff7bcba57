namespace TorchSharp;

public static partial class torch
{
    // What every factory does last: gradients are asked for after the values are there.
    internal static Tensor Created(Tensor tensor, bool requires_grad, string[]? names = null)
    {
        if (requires_grad)
        {
            tensor.requires_grad_();
        }

        return Named(tensor, names);
    }

    internal static Tensor Named(Tensor tensor, string[]? names)
    {
        if (names is { Length: > 0 })
        {
            tensor.Dispose();
            throw new NotSupportedException("Named dimensions are not supported: call the factory without 'names'.");
        }

        return tensor;
    }

    internal static ReadOnlySpan<long> Checked(long[] size) => size ?? throw new ArgumentNullException(nameof(size));

    internal static long[] Widened(int[] size) => Array.ConvertAll(size ?? throw new ArgumentNullException(nameof(size)), n => (long)n);

    // A range of whole numbers is made of whole numbers, any other of the default type.
    internal static ScalarType TypeOfRange(Scalar start, Scalar stop, Scalar step) =>
        is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type) ? ScalarType.Int64 : get_default_dtype();

    public partial class Tensor
    {
        internal Tensor Typed(ScalarType? type) => type is { } wanted && wanted != dtype ? to_type(wanted) : this;

        // The operator always returns three tensors; TorchSharp hands out only those that were asked for.
        private static (Tensor, Tensor?, Tensor?) Asked((Tensor Output, Tensor Inverse, Tensor Counts) found, bool inverse, bool counts)
        {
            if (!inverse)
            {
                found.Inverse?.Dispose();
            }

            if (!counts)
            {
                found.Counts?.Dispose();
            }

            return (found.Output, inverse ? found.Inverse : null, counts ? found.Counts : null);
        }

        private long[] LastDimensions(long count) => Enumerable.Range(0, Dimensionality(count)).Select(k => ndim - count + k).ToArray();

        private static long[] FirstDimensions(long count) => Enumerable.Range(0, Dimensionality(count)).Select(k => (long)k).ToArray();

        private static int Dimensionality(long count) =>
            count >= 0 ? checked((int)count) : throw new ArgumentOutOfRangeException(nameof(count), count, "The number of dimensions must not be negative.");
    }

    public static partial class linalg
    {
        private static readonly long[] LastTwo = [-2, -1];
    }

    public static partial class fft
    {
        private static readonly long[] LastTwo = [-2, -1];
    }
}
