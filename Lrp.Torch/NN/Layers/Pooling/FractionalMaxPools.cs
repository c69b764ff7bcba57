using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Greatest entry of windows placed at random (Graham 2014), as many as a size or a ratio says.</summary>
public sealed class FractionalMaxPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal FractionalMaxPool2d(long[] kernel_size, long[]? output_size, double[]? output_ratio) : base(nameof(FractionalMaxPool2d))
    {
        if (kernel_size is not { Length: 2 } || output_size is { Length: not 2 } || output_ratio is { Length: not 2 })
        {
            throw new ArgumentException("FractionalMaxPool2d: kernel_size, output_size and output_ratio have 2 entries each.");
        }

        if (output_size is null == output_ratio is null)
        {
            throw new ArgumentNullException(nameof(output_size), "FractionalMaxPool2d: give either output_size or output_ratio.");
        }

        this.kernel_size = kernel_size;
        this.output_size = output_size;
        this.output_ratio = output_ratio;
    }

    public long[] kernel_size { get; set; }

    public long[]? output_size { get; set; }

    public double[]? output_ratio { get; set; }

    public override Tensor forward(Tensor input) =>
        functional.fractional_max_pool2d(input, kernel_size, output_size, output_ratio);

    /// <summary>The entries and their positions in the flattened window dimensions.</summary>
    public (Tensor Values, Tensor Indices) forward_with_indices(Tensor input) =>
        functional.fractional_max_pool2d_with_indices(input, kernel_size, output_size, output_ratio);
}

/// <summary>Greatest entry of windows placed at random (Graham 2014), as many as a size or a ratio says.</summary>
public sealed class FractionalMaxPool3d : ParameterLessModule<Tensor, Tensor>
{
    internal FractionalMaxPool3d(long[] kernel_size, long[]? output_size, double[]? output_ratio) : base(nameof(FractionalMaxPool3d))
    {
        if (kernel_size is not { Length: 3 } || output_size is { Length: not 3 } || output_ratio is { Length: not 3 })
        {
            throw new ArgumentException("FractionalMaxPool3d: kernel_size, output_size and output_ratio have 3 entries each.");
        }

        if (output_size is null == output_ratio is null)
        {
            throw new ArgumentNullException(nameof(output_size), "FractionalMaxPool3d: give either output_size or output_ratio.");
        }

        this.kernel_size = kernel_size;
        this.output_size = output_size;
        this.output_ratio = output_ratio;
    }

    public long[] kernel_size { get; set; }

    public long[]? output_size { get; set; }

    public double[]? output_ratio { get; set; }

    public override Tensor forward(Tensor input) =>
        functional.fractional_max_pool3d(input, kernel_size, output_size, output_ratio);

    /// <summary>The entries and their positions in the flattened window dimensions.</summary>
    public (Tensor Values, Tensor Indices) forward_with_indices(Tensor input) =>
        functional.fractional_max_pool3d_with_indices(input, kernel_size, output_size, output_ratio);
}
