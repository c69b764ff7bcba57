namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            internal static readonly long[] One = [1];
            internal static readonly long[] Zero = [0];

            private static long[] Pair((long, long) pair) => [pair.Item1, pair.Item2];

            private static Tensor First((Tensor Values, Tensor Indices) pair)
            {
                pair.Indices.Dispose();
                return pair.Values;
            }

            private static long[] AllSides(Tensor input, long pad)
            {
                var sides = new long[2 * input.ndim];
                Array.Fill(sides, pad);
                return sides;
            }

            /// <summary>x / (1 + |x|).</summary>
            public static Tensor softsign(Tensor x, bool inplace = false)
            {
                using var magnitude = x.abs();
                using var denominator = magnitude + 1;
                return inplace ? x.div_(denominator).alias() : x.div(denominator);
            }

            /// <summary>x - tanh(x).</summary>
            public static Tensor tanhshrink(Tensor x, bool inplace = false)
            {
                using var squashed = x.tanh();
                return inplace ? x.sub_(squashed).alias() : x.sub(squashed);
            }

            /// <summary>x * tanh(softplus(x)).</summary>
            public static Tensor mish(Tensor x, bool inplace = false)
            {
                using var positive = x.softplus();
                using var gate = positive.tanh();
                return inplace ? x.mul_(gate).alias() : x.mul(gate);
            }

            /// <summary>softmax(-x) along a dimension.</summary>
            public static Tensor softmin(Tensor x, long dim)
            {
                using var opposite = -x;
                return opposite.softmax(dim);
            }

            /// <summary>x divided by its p-norm along a dimension, the norm being at least <paramref name="eps"/>.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1E-12)
            {
                using var scope = NewDisposeScope();
                var norm = input.norm((int)dim, true, (float)p).clamp_min(eps).expand_as(input);
                return (input / norm).MoveToOuterDisposeScope();
            }

            /// <summary>
            /// Divides each value by a power of the mean square of its neighbours in the channel dimension (Krizhevsky et al. 2012).
            /// </summary>
            public static Tensor local_response_norm(Tensor input, long size, double alpha = 0.0001, double beta = 0.75, double k = 1)
            {
                if (input.ndim < 3)
                {
                    throw new ArgumentException($"local_response_norm: the input has {input.ndim} dimensions and needs at least 3.", nameof(input));
                }

                using var scope = NewDisposeScope();
                long[] shape = input.shape;
                long rest = shape.Skip(2).Aggregate(1L, (product, n) => product * n);
                var squares = (input * input).reshape(shape[0], 1, shape[1], rest);
                var padded = pad(squares, [0, 0, size / 2, (size - 1) / 2]);
                var mean = avg_pool2d(padded, [size, 1], stride: One).reshape(shape);
                return (input / mean.mul(alpha).add(k).pow(beta)).MoveToOuterDisposeScope();
            }

            /// <summary>The p-norm of each window.</summary>
            public static Tensor lp_pool1d(Tensor input, double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false)
            {
                using var scope = NewDisposeScope();
                var mean = avg_pool1d(input.pow(norm_type), kernel_size, stride, ceil_mode: ceil_mode);
                return Root(mean, norm_type, kernel_size).MoveToOuterDisposeScope();
            }

            /// <summary>The p-norm of each window.</summary>
            public static Tensor lp_pool2d(Tensor input, double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) =>
                lp_pool2d(input, norm_type, [kernel_size, kernel_size], stride is { } s ? [s, s] : null, ceil_mode);

            /// <summary>The p-norm of each window.</summary>
            public static Tensor lp_pool2d(Tensor input, double norm_type, long[] kernel_size, long[]? stride = null, bool ceil_mode = false)
            {
                using var scope = NewDisposeScope();
                var mean = avg_pool2d(input.pow(norm_type), kernel_size, stride, ceil_mode: ceil_mode);
                return Root(mean, norm_type, kernel_size.Aggregate(1L, (product, n) => product * n)).MoveToOuterDisposeScope();
            }

            private static Tensor Root(Tensor mean, double norm_type, long elements) =>
                (mean.sign() * mean.abs().relu()).mul(elements).pow(1 / norm_type);
        }
    }
}
