using TorchSharp.Modules;

namespace TorchSharp;

/// <content>Factories of the modules of this family.</content>
public static partial class torch
{
    public static partial class nn
    {
        public static MaxPool1d MaxPool1d(
            long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, stride, padding, dilation, ceil_mode);

        public static MaxPool2d MaxPool2d(
            long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(Spatial.Of(kernel_size, 2), Spatial.Of(stride ?? kernel_size, 2), Spatial.Of(padding ?? 0, 2), Spatial.Of(dilation ?? 1, 2), ceil_mode);

        public static MaxPool2d MaxPool2d(
            long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, stride, padding, dilation, ceil_mode);

        public static MaxPool2d MaxPool2d(
            (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null,
            bool ceil_mode = false) =>
            new(Spatial.Of(kernel_size), Spatial.Of(stride ?? kernel_size), Spatial.Of(padding ?? (0, 0)), Spatial.Of(dilation ?? (1, 1)), ceil_mode);

        public static MaxPool3d MaxPool3d(
            long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(Spatial.Of(kernel_size, 3), Spatial.Of(stride ?? kernel_size, 3), Spatial.Of(padding ?? 0, 3), Spatial.Of(dilation ?? 1, 3), ceil_mode);

        public static MaxPool3d MaxPool3d(
            long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, stride, padding, dilation, ceil_mode);

        public static MaxPool3d MaxPool3d(
            (long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null,
            (long, long, long)? dilation = null, bool ceil_mode = false) =>
            new(Spatial.Of(kernel_size), Spatial.Of(stride ?? kernel_size), Spatial.Of(padding ?? (0, 0, 0)), Spatial.Of(dilation ?? (1, 1, 1)), ceil_mode);

        public static MaxUnpool1d MaxUnpool1d(long kernel_size, long? stride = null, long? padding = null) =>
            new(kernel_size, stride, padding);

        public static MaxUnpool2d MaxUnpool2d(long kernel_size, long? stride = null, long? padding = null) =>
            new(Spatial.Of(kernel_size, 2), Spatial.Of(stride, 2), Spatial.Of(padding, 2));

        public static MaxUnpool2d MaxUnpool2d(long[] kernel_size, long[]? stride = null, long[]? padding = null) =>
            new(kernel_size, stride, padding);

        public static MaxUnpool2d MaxUnpool2d((long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null) =>
            new(Spatial.Of(kernel_size), Spatial.Of(stride), Spatial.Of(padding));

        public static MaxUnpool3d MaxUnpool3d(long kernel_size, long? stride = null, long? padding = null) =>
            new(Spatial.Of(kernel_size, 3), Spatial.Of(stride, 3), Spatial.Of(padding, 3));

        public static MaxUnpool3d MaxUnpool3d(long[] kernel_size, long[]? stride = null, long[]? padding = null) =>
            new(kernel_size, stride, padding);

        public static MaxUnpool3d MaxUnpool3d(
            (long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null) =>
            new(Spatial.Of(kernel_size), Spatial.Of(stride), Spatial.Of(padding));

        public static AvgPool1d AvgPool1d(
            long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true) =>
            new(kernel_size, stride, padding, ceil_mode, count_include_pad);

        public static AvgPool2d AvgPool2d(
            long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false, bool count_include_pad = true,
            long? divisor_override = null) =>
            new(Spatial.Of(kernel_size, 2), Spatial.Of(stride, 2), Spatial.Of(padding, 2), ceil_mode, count_include_pad, divisor_override);

        public static AvgPool2d AvgPool2d(
            long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true,
            long? divisor_override = null) =>
            new(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);

        public static AvgPool2d AvgPool2d(
            (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false,
            bool count_include_pad = true, long? divisor_override = null) =>
            new(Spatial.Of(kernel_size), Spatial.Of(stride), Spatial.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static AvgPool3d AvgPool3d(
            long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false, bool count_include_pad = true,
            long? divisor_override = null) =>
            new(Spatial.Of(kernel_size, 3), Spatial.Of(stride, 3), Spatial.Of(padding, 3), ceil_mode, count_include_pad, divisor_override);

        public static AvgPool3d AvgPool3d(
            long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true,
            long? divisor_override = null) =>
            new(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);

        public static AvgPool3d AvgPool3d(
            (long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null, bool ceil_mode = false,
            bool count_include_pad = true, long? divisor_override = null) =>
            new(Spatial.Of(kernel_size), Spatial.Of(stride), Spatial.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static AdaptiveAvgPool1d AdaptiveAvgPool1d(long output_size) =>
            new(output_size);

        public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long output_size) =>
            new(Spatial.Of(output_size, 2));

        public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long[] output_size) =>
            new(output_size);

        public static AdaptiveAvgPool2d AdaptiveAvgPool2d((long, long) output_size) =>
            new(Spatial.Of(output_size));

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d(long output_size) =>
            new(Spatial.Of(output_size, 3));

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d(long[] output_size) =>
            new(output_size);

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d((long, long, long) output_size) =>
            new(Spatial.Of(output_size));

        public static AdaptiveMaxPool1d AdaptiveMaxPool1d(long output_size) =>
            new(output_size);

        public static AdaptiveMaxPool2d AdaptiveMaxPool2d(long[] output_size) =>
            new(output_size);

        public static AdaptiveMaxPool3d AdaptiveMaxPool3d(long[] output_size) =>
            new(output_size);

        public static FractionalMaxPool2d FractionalMaxPool2d(long kernel_size, long? output_size = null, double? output_ratio = null) =>
            new(Spatial.Of(kernel_size, 2), Spatial.Of(output_size, 2), Spatial.Of(output_ratio, 2));

        public static FractionalMaxPool2d FractionalMaxPool2d(long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
            new(kernel_size, output_size, output_ratio);

        public static FractionalMaxPool2d FractionalMaxPool2d(
            (long, long) kernel_size, (long, long)? output_size = null, (double, double)? output_ratio = null) =>
            new(Spatial.Of(kernel_size), Spatial.Of(output_size), Spatial.Of(output_ratio));

        public static FractionalMaxPool3d FractionalMaxPool3d(long kernel_size, long? output_size = null, double? output_ratio = null) =>
            new(Spatial.Of(kernel_size, 3), Spatial.Of(output_size, 3), Spatial.Of(output_ratio, 3));

        public static FractionalMaxPool3d FractionalMaxPool3d(long[] kernel_size, long[]? output_size = null, double[]? output_ratio = null) =>
            new(kernel_size, output_size, output_ratio);

        public static FractionalMaxPool3d FractionalMaxPool3d(
            (long, long, long) kernel_size, (long, long, long)? output_size = null, (double, double, double)? output_ratio = null) =>
            new(Spatial.Of(kernel_size), Spatial.Of(output_size), Spatial.Of(output_ratio));

        public static LPPool1d LPPool1d(double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) =>
            new(norm_type, kernel_size, stride, ceil_mode);

        public static LPPool2d LPPool2d(double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) =>
            new(norm_type, Spatial.Of(kernel_size, 2), Spatial.Of(stride, 2), ceil_mode);

        public static LPPool2d LPPool2d(double norm_type, long[] kernel_size, long[]? stride = null, bool ceil_mode = false) =>
            new(norm_type, kernel_size, stride, ceil_mode);
    }
}
