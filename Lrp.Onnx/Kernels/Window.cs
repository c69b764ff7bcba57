using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>The window of a convolution or a pool: its size, its steps, and the padding for an input.</summary>
internal sealed class Window
{
    private readonly Node _node;
    private readonly long[]? _pads;
    private readonly string _automatic;

    public Window(Node node, long[] kernel)
    {
        _node = node;
        Kernel = kernel;
        Strides = Of("strides", kernel.Length, 1);
        Dilations = Of("dilations", kernel.Length, 1);
        _automatic = node.Text("auto_pad", "NOTSET");
        _pads = node.Ints("pads");
        if (_automatic is not ("NOTSET" or "SAME_UPPER" or "SAME_LOWER" or "VALID"))
        {
            throw new OnnxGraphException($"{node.Title} has auto_pad '{_automatic}', which is not in the standard.");
        }

        if (
            Kernel.Length is < 1 or > 3
            || (
                _pads is { } pads
                && (pads.Length != 2 * kernel.Length || pads.Any(size => size is < 0 or > int.MaxValue))
            )
            || Kernel.Concat(Strides).Concat(Dilations).Any(size => size is < 1 or > int.MaxValue)
        )
        {
            throw new OnnxGraphException(
                $"{node.Title} has a window of [{string.Join(", ", kernel)}] with steps "
                    + $"[{string.Join(", ", Strides)}], "
                    + $"dilations [{string.Join(", ", Dilations)}] and pads [{string.Join(", ", _pads ?? [])}]; "
                    + "windows "
                    + "of one to three dimensions are supported, of sizes from 1 on."
            );
        }
    }

    public long[] Kernel { get; }
    public long[] Strides { get; }
    public long[] Dilations { get; }
    public int Dimensions => Kernel.Length;

    /// <summary>The padding, if it is the same at both ends whatever the input is; null otherwise.</summary>
    public long[]? Even =>
        _automatic == "VALID" ? [.. Kernel.Select(_ => 0L)]
        : _automatic != "NOTSET" ? null
        : _pads is null ? [.. Kernel.Select(_ => 0L)]
        : Enumerable.Range(0, Dimensions).All(k => _pads[k] == _pads[k + Dimensions]) ? _pads[..Dimensions]
        : null;

    /// <summary>How far a window reaches.</summary>
    public long Reach(int dimension) => ((Kernel[dimension] - 1) * Dilations[dimension]) + 1;

    /// <summary>The padding of an input of a size.</summary>
    public (long Before, long After) Ends(int dimension, long size)
    {
        if (_automatic is "NOTSET")
        {
            return _pads is null ? (0, 0) : (_pads[dimension], _pads[dimension + Dimensions]);
        }

        if (_automatic == "VALID")
        {
            return (0, 0);
        }

        var stride = Strides[dimension];
        var total = Math.Max(0, ((((size + stride - 1) / stride) - 1) * stride) + Reach(dimension) - size);
        return _automatic == "SAME_UPPER" ? (total / 2, total - (total / 2)) : (total - (total / 2), total / 2);
    }

    /// <summary>An input with its padding; with ceil_mode, with as much more as the last window needs.</summary>
    /// <param name="x">(N, C, …).</param>
    /// <param name="value">What is added.</param>
    /// <param name="ceil">Whether a last window may begin inside and end outside.</param>
    public Tensor Padded(Tensor x, double value, bool ceil = false)
    {
        var ends = new List<long>();
        for (var k = Dimensions - 1; k >= 0; k--)
        {
            var size = x.shape[k + 2];
            var (before, after) = Ends(k, size);
            ends.Add(before);
            ends.Add(after + (ceil ? Beyond(k, size, before, after) : 0));
        }

        return ends.TrueForAll(end => end == 0) ? x.alias() : nn.functional.pad(x, ends.ToArray(), value: value);
    }

    /// <summary>What a window needs at least.</summary>
    public void ThrowIfUnfit(Call c, Tensor x)
    {
        var fits = x.dim() == Dimensions + 2;
        for (var k = 0; fits && k < Dimensions; k++)
        {
            var (before, after) = Ends(k, x.shape[k + 2]);
            fits = x.shape[k + 2] + before + after >= Reach(k);
        }

        if (!fits)
        {
            throw c.Unfit($"has a window of [{string.Join(", ", Kernel)}]");
        }
    }

    private long Beyond(int k, long size, long before, long after)
    {
        var stride = Strides[k];
        var steps = size + before + after - Reach(k);
        var last = (steps + stride - 1) / stride;
        if (last * stride >= size + before)
        {
            last--; // a window that begins in the padding behind the input does not count
        }

        return Math.Max(0, (last * stride) - steps);
    }

    private long[] Of(string name, int count, long otherwise) =>
        _node.Ints(name) is { } given
            ? given.Length == count
                ? given
                : throw new OnnxGraphException($"{_node.Title} has {given.Length} {name} for {count} dimensions.")
            : [.. Enumerable.Repeat(otherwise, count)];
}
