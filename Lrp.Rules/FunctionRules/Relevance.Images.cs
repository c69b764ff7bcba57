using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

// Average pools and interpolations share relevance in proportion to what they add up.
public static partial class Relevance
{
    /// <summary>The average over windows of a sequence. R_i = Σ_j x_i w_ij R_j / y_j.</summary>
    /// <param name="input">N × C × L, or C × L.</param>
    /// <param name="kernel_size">The length of a window.</param>
    /// <param name="stride">The step from window to window; null for the length of one.</param>
    /// <param name="padding">Zeros at both ends.</param>
    /// <param name="ceil_mode">Whether a last window that sticks out counts.</param>
    /// <param name="count_include_pad">Whether padding counts in the average.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The averages.</returns>
    public static Tensor avg_pool1d(
        Tensor input,
        long kernel_size,
        long? stride = null,
        long padding = 0,
        bool ceil_mode = false,
        bool count_include_pad = true,
        Stabilizer? epsilon = null
    ) =>
        Linear(
            nameof(avg_pool1d),
            x => nn.functional.avg_pool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad),
            input,
            epsilon
        );

    /// <summary>The average over windows of an image. R_i = Σ_j x_i w_ij R_j / y_j.</summary>
    /// <param name="input">N × C × H × W, or C × H × W.</param>
    /// <param name="kernel_size">Height and width of a window.</param>
    /// <param name="stride">The step from window to window; null for the size of one.</param>
    /// <param name="padding">Zeros at the borders; null for none.</param>
    /// <param name="ceil_mode">Whether last windows that stick out count.</param>
    /// <param name="count_include_pad">Whether padding counts in the average.</param>
    /// <param name="divisor_override">The divisor; null for the size of a window.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The averages.</returns>
    public static Tensor avg_pool2d(
        Tensor input,
        long[] kernel_size,
        long[]? stride = null,
        long[]? padding = null,
        bool ceil_mode = false,
        bool count_include_pad = true,
        long? divisor_override = null,
        Stabilizer? epsilon = null
    ) =>
        Linear(
            nameof(avg_pool2d),
            x =>
                nn.functional.avg_pool2d(
                    x,
                    kernel_size,
                    stride,
                    padding,
                    ceil_mode,
                    count_include_pad,
                    divisor_override
                ),
            input,
            epsilon
        );

    /// <summary>
    /// The average over windows of a volume, N × C × D × H × W; sizes begin with the depth. R_i = Σ_j x_i w_ij R_j /
    /// y_j.
    /// </summary>
    /// <inheritdoc cref="avg_pool2d"/>
    public static Tensor avg_pool3d(
        Tensor input,
        long[] kernel_size,
        long[]? stride = null,
        long[]? padding = null,
        bool ceil_mode = false,
        bool count_include_pad = true,
        long? divisor_override = null,
        Stabilizer? epsilon = null
    ) =>
        Linear(
            nameof(avg_pool3d),
            x =>
                nn.functional.avg_pool3d(
                    x,
                    kernel_size,
                    stride,
                    padding,
                    ceil_mode,
                    count_include_pad,
                    divisor_override
                ),
            input,
            epsilon
        );

    /// <summary>Averages of as many windows as are asked for. R_i = Σ_j x_i w_ij R_j / y_j.</summary>
    /// <param name="input">N × C × L, or C × L.</param>
    /// <param name="output_size">The number of windows.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The averages.</returns>
    public static Tensor adaptive_avg_pool1d(Tensor input, long output_size, Stabilizer? epsilon = null) =>
        Linear(nameof(adaptive_avg_pool1d), x => nn.functional.adaptive_avg_pool1d(x, output_size), input, epsilon);

    /// <summary>Averages of as many windows as are asked for. R_i = Σ_j x_i w_ij R_j / y_j.</summary>
    /// <param name="input">N × C × H × W, or C × H × W.</param>
    /// <param name="output_size">The height and width of the result.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The averages.</returns>
    public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size, Stabilizer? epsilon = null) =>
        Linear(nameof(adaptive_avg_pool2d), x => nn.functional.adaptive_avg_pool2d(x, output_size), input, epsilon);

    /// <summary>Averages of as many windows as are asked for. R_i = Σ_j x_i w_ij R_j / y_j.</summary>
    /// <param name="input">N × C × D × H × W, or C × D × H × W.</param>
    /// <param name="output_size">The depth, height and width of the result.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The averages.</returns>
    public static Tensor adaptive_avg_pool3d(Tensor input, long[] output_size, Stabilizer? epsilon = null) =>
        Linear(nameof(adaptive_avg_pool3d), x => nn.functional.adaptive_avg_pool3d(x, output_size), input, epsilon);

    /// <summary>An image, a sequence or a volume in another size. R_i = Σ_j x_i w_ij R_j / y_j.</summary>
    /// <param name="x">N × C and one to three dimensions.</param>
    /// <param name="size">The new size; null where factors are given.</param>
    /// <param name="scale_factor">Factors of the size; null where a size is given.</param>
    /// <param name="mode">How values between those of the input are made.</param>
    /// <param name="align_corners">Whether the corners of input and output coincide.</param>
    /// <param name="epsilon">Stabilizes the denominator; the default is 1e-6.</param>
    /// <returns>The interpolated values.</returns>
    public static Tensor interpolate(
        Tensor x,
        long[]? size = null,
        double[]? scale_factor = null,
        InterpolationMode mode = InterpolationMode.Nearest,
        bool? align_corners = null,
        Stabilizer? epsilon = null
    ) =>
        Linear(
            nameof(interpolate),
            input => nn.functional.interpolate(input, size, scale_factor, mode, align_corners),
            x,
            epsilon
        );

    private static Tensor Linear(string name, Func<Tensor, Tensor> function, Tensor input, Stabilizer? epsilon) =>
        new LinearOperator(name, operands => function(operands[0]), epsilon ?? FunctionEpsilon.Reduction).Run(
            null,
            input
        );
}
