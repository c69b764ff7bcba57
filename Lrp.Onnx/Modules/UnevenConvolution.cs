using Lrp.Core.Linear;
using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Onnx.Modules;

/// <summary>
/// A convolution with padding that TorchSharp's layers do not have: another number at the end than at the beginning, or
/// one that depends on the input's size.
/// </summary>
public sealed class UnevenConvolution : Convolution, IUnevenConvolution
{
    private readonly Window _window;

    internal UnevenConvolution(Node node, long[] shape, long groups)
        : base(
            nameof(UnevenConvolution),
            shape[1] * groups,
            shape[0],
            shape[2..],
            new Window(node, shape[2..]).Strides,
            [.. shape[2..].Select(_ => 0L)],
            null,
            new Window(node, shape[2..]).Dilations,
            false,
            [.. shape[2..].Select(_ => 0L)],
            groups,
            false,
            PaddingModes.Zeros,
            META,
            null
        ) => _window = new Window(node, shape[2..]);

    /// <inheritdoc/>
    public Tensor Run(Tensor input, Tensor weight, Tensor? bias)
    {
        using var padded = _window.Padded(input, 0);
        return Windowing.Convolve(padded, weight, bias, _window.Strides, _window.Dilations, groups);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Run(input, weight, bias);
}

/// <summary>
/// A transposed convolution whose result is cut or extended in a way that TorchSharp's layers do not have.
/// </summary>
public sealed class UnevenTransposedConvolution : Convolution, IUnevenConvolution
{
    private readonly TransposedCut _cut;

    internal UnevenTransposedConvolution(Node node, long[] shape, long groups)
        : base(
            nameof(UnevenTransposedConvolution),
            shape[0],
            shape[1] * groups,
            shape[2..],
            new Window(node, shape[2..]).Strides,
            [.. shape[2..].Select(_ => 0L)],
            null,
            new Window(node, shape[2..]).Dilations,
            true,
            [.. shape[2..].Select(_ => 0L)],
            groups,
            false,
            PaddingModes.Zeros,
            META,
            null
        ) => _cut = new TransposedCut(node, shape[2..]);

    /// <inheritdoc/>
    public Tensor Run(Tensor input, Tensor weight, Tensor? bias)
    {
        var window = _cut.Window;
        using var full = Windowing.ConvolveTransposed(input, weight, window.Strides, window.Dilations, groups);
        var cut = _cut.Apply(full, input.shape[2..]);
        return bias is null ? cut : cut.add(bias.reshape([-1, .. window.Kernel.Select(_ => 1L)]));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Run(input, weight, bias);
}
