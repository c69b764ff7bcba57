using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static IntPtr s_fractional2d, s_fractional3d;

            public static Tensor fractional_max_pool2d(Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                fractional_max_pool2d_with_indices(input, kernel_size, output_size, output_ratio).Item1;

            public static (Tensor, Tensor) fractional_max_pool2d_with_indices(Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                FractionalPool(new Call(ref s_fractional2d, "fractional_max_pool2d", ""), input, 2, kernel_size, output_size, output_ratio);

            public static Tensor fractional_max_pool3d(Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                fractional_max_pool3d_with_indices(input, kernel_size, output_size, output_ratio).Item1;

            public static (Tensor, Tensor) fractional_max_pool3d_with_indices(Tensor input, long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
                FractionalPool(new Call(ref s_fractional3d, "fractional_max_pool3d", ""), input, 3, kernel_size, output_size, output_ratio);

            // The windows' places are drawn here: a number for each sample, channel and dimension.
            private static (Tensor, Tensor) FractionalPool(Call call, Tensor input, int dims, long[] kernel, long[]? output, double[]? ratio)
            {
                long[] shape = input.shape;
                if (shape.Length != dims + 1 && shape.Length != dims + 2)
                {
                    throw new ArgumentException($"fractional_max_pool{dims}d: expected {dims + 1} or {dims + 2} dimensions, the input's shape is [{string.Join(", ", shape)}].", nameof(input));
                }

                output ??= ratio is null
                    ? throw new ArgumentException($"fractional_max_pool{dims}d: give either output_size or output_ratio.")
                    : [.. Enumerable.Range(0, dims).Select(d => (long)(shape[shape.Length - dims + d] * ratio[d]))];
                using Tensor places = rand([shape.Length == dims + 1 ? 1 : shape[0], shape[shape.Length - dims - 1], dims], input.dtype, input.device);
                call.Add(input);
                call.Add(kernel);
                call.Add(output);
                call.Add(places);
                (Tensor, Tensor) result = call.Tensors2();
                GC.KeepAlive(input);
                return result;
            }
        }
    }
}
