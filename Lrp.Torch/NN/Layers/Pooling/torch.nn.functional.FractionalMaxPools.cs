using Lrp.Torch.Interop;

namespace TorchSharp;

/// <content>Max pooling over windows placed at random (Graham 2014).</content>
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static nint _fractional_max_pool2d;
            private static nint _fractional_max_pool3d;

            public static Tensor fractional_max_pool2d(
                Tensor input, long kernel_size, long? output_size = null, double? output_ratio = null) =>
                fractional_max_pool2d(input, Spatial.Of(kernel_size, 2), Spatial.Of(output_size, 2), Spatial.Of(output_ratio, 2));

            public static Tensor fractional_max_pool2d(
                Tensor input, (long, long) kernel_size, (long, long)? output_size = null, (double, double)? output_ratio = null) =>
                fractional_max_pool2d(input, Spatial.Of(kernel_size), Spatial.Of(output_size), Spatial.Of(output_ratio));

            public static Tensor fractional_max_pool2d(
                Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                WithoutIndices(fractional_max_pool2d_with_indices(input, kernel_size, output_size, output_ratio));

            public static (Tensor, Tensor) fractional_max_pool2d_with_indices(
                Tensor input, long kernel_size, long? output_size = null, double? output_ratio = null) =>
                fractional_max_pool2d_with_indices(
                    input, Spatial.Of(kernel_size, 2), Spatial.Of(output_size, 2), Spatial.Of(output_ratio, 2));

            public static (Tensor, Tensor) fractional_max_pool2d_with_indices(
                Tensor input, (long, long) kernel_size, (long, long)? output_size = null, (double, double)? output_ratio = null) =>
                fractional_max_pool2d_with_indices(input, Spatial.Of(kernel_size), Spatial.Of(output_size), Spatial.Of(output_ratio));

            public static (Tensor, Tensor) fractional_max_pool2d_with_indices(
                Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                FractionalMaxPool(
                    ref _fractional_max_pool2d, nameof(fractional_max_pool2d), input, kernel_size, output_size, output_ratio, 2);

            public static Tensor fractional_max_pool3d(
                Tensor input, long kernel_size, long? output_size = null, double? output_ratio = null) =>
                fractional_max_pool3d(input, Spatial.Of(kernel_size, 3), Spatial.Of(output_size, 3), Spatial.Of(output_ratio, 3));

            public static Tensor fractional_max_pool3d(
                Tensor input, (long, long, long) kernel_size, (long, long, long)? output_size = null,
                (double, double, double)? output_ratio = null) =>
                fractional_max_pool3d(input, Spatial.Of(kernel_size), Spatial.Of(output_size), Spatial.Of(output_ratio));

            public static Tensor fractional_max_pool3d(
                Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                WithoutIndices(fractional_max_pool3d_with_indices(input, kernel_size, output_size, output_ratio));

            public static (Tensor, Tensor) fractional_max_pool3d_with_indices(
                Tensor input, long kernel_size, long? output_size = null, double? output_ratio = null) =>
                fractional_max_pool3d_with_indices(
                    input, Spatial.Of(kernel_size, 3), Spatial.Of(output_size, 3), Spatial.Of(output_ratio, 3));

            public static (Tensor, Tensor) fractional_max_pool3d_with_indices(
                Tensor input, (long, long, long) kernel_size, (long, long, long)? output_size = null,
                (double, double, double)? output_ratio = null) =>
                fractional_max_pool3d_with_indices(input, Spatial.Of(kernel_size), Spatial.Of(output_size), Spatial.Of(output_ratio));

            public static (Tensor, Tensor) fractional_max_pool3d_with_indices(
                Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                FractionalMaxPool(
                    ref _fractional_max_pool3d, nameof(fractional_max_pool3d), input, kernel_size, output_size, output_ratio, 3);

            private static Tensor WithoutIndices((Tensor Values, Tensor Indices) pooled)
            {
                pooled.Indices.Dispose();
                return pooled.Values;
            }

            private static (Tensor, Tensor) FractionalMaxPool(
                ref nint operatorCache, string name, Tensor input, long[] kernel, long[]? size, double[]? ratio, int dimensions)
            {
                if (input.dim() != dimensions + 1 && input.dim() != dimensions + 2)
                {
                    throw new ArgumentException(
                        $"{name}: expected {dimensions + 1}D or {dimensions + 2}D input, got {Held.Shape(input)}.", nameof(input));
                }

                if (size is null == ratio is null)
                {
                    throw new ArgumentNullException(nameof(size), $"{name}: give either output_size or output_ratio.");
                }

                long[] shape = input.shape;
                size ??= [.. ratio!.Select((r, d) => (long)(shape[shape.Length - dimensions + d] * r))];
                bool batched = shape.Length == dimensions + 2;
                long[] samples = batched ? [shape[0], shape[1], dimensions] : [1, shape[0], dimensions];
                using Tensor random = rand(samples, dtype: input.dtype, device: input.device);
                var call = new Call(ref operatorCache, name, "");
                call.Add(input);
                call.Add(kernel);
                call.Add(size);
                call.Add(random);
                return call.Tensors2();
            }
        }
    }
}
