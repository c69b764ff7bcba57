namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// x Wᵀ + b. As in libtorch's C++ functional, which TorchSharp calls, that is <c>addmm</c> for a matrix with a
            /// bias and <c>matmul</c> otherwise, so that whoever watches the operators sees the same ones on either runtime.
            /// </summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null)
            {
                ArgumentNullException.ThrowIfNull(input);
                ArgumentNullException.ThrowIfNull(weights);
                using var transposed = weights.t();
                if (bias is null)
                {
                    return input.matmul(transposed);
                }

                return input.ndim == 2 ? affine(bias, input, transposed) : input.matmul(transposed).add_(bias);
            }
        }
    }
}
