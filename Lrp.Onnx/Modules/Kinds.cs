using Lrp.Core;
using Lrp.Onnx.Kernels;
using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Onnx.Modules;

/// <summary>An activation, in however many nodes the file writes it.</summary>
public sealed class Activation : GraphModule, IActivation
{
    internal Activation(Block block)
        : base(block) { }
}

/// <summary>x times a constant or a mask, −x, a change of type, or local response normalisation.</summary>
public sealed class Scale : GraphModule, IPassesRelevance
{
    internal Scale(Block block)
        : base(block) { }
}

/// <summary>x plus a constant that is no layer's bias.</summary>
public sealed class Shift : GraphModule, IPassesRelevance
{
    internal Shift(Block block)
        : base(block) { }

    /// <inheritdoc/>
    public override Tensor?[] forward(Tensor?[] input) => NonZero(base.forward(input));
}

/// <summary>A sum or a difference of computed tensors, such as a residual connection.</summary>
public sealed class Sum : GraphModule, ISharesRelevance
{
    internal Sum(Block block)
        : base(block) { }

    /// <inheritdoc/>
    public override Tensor?[] forward(Tensor?[] input) => NonZero(base.forward(input));
}

/// <summary>An average or a sum over dimensions or windows, or an interpolation.</summary>
public sealed class Average : GraphModule, ISharesRelevance
{
    internal Average(Block block)
        : base(block) { }
}

/// <summary>A product of computed tensors, entry by entry.</summary>
public sealed class Product : GraphModule, IGatedProduct
{
    internal Product(Block block, int? gate)
        : base(block) => Gate = gate;

    /// <inheritdoc/>
    /// <remarks>
    /// The factor that was computed from the other one, as in squeeze and excitation, or that comes out of a sigmoid.
    /// </remarks>
    public int? Gate { get; }
}

/// <summary>A product of computed matrices, such as queries and keys.</summary>
public sealed class MatrixProduct : GraphModule
{
    internal MatrixProduct(Block block)
        : base(block) { }
}

/// <summary>
/// A norm, in however many nodes the file writes it, and other quotients of computed tensors. As with layer norms of
/// TorchSharp, presets give what is divided all relevance.
/// </summary>
public sealed class Normalization : GraphModule, IGatedProduct
{
    internal Normalization(Block block, string? divisor = null)
        : base(block) => Gate = divisor is null ? null : block.PositionOf(divisor);

    /// <inheritdoc/>
    /// <remarks>The divisor, or one by it, where other modules compute it; null where the norm does.</remarks>
    public int? Gate { get; }
}

/// <summary>A softmax or a log softmax.</summary>
public sealed class Softmax : GraphModule
{
    internal Softmax(Block block)
        : base(block) { }
}

/// <summary>An LSTM, a GRU or an RNN.</summary>
public sealed class Recurrence : GraphModule
{
    internal Recurrence(Block block)
        : base(block) { }
}

/// <summary>An operator that puts entries elsewhere, repeats them, or picks some of them.</summary>
public sealed class Movement : GraphModule, INeedsNoInterception
{
    internal Movement(Block block)
        : base(block) { }
}

/// <summary>The step from whole numbers, such as the bytes of an image, to numbers: there relevance arrives.</summary>
public sealed class Entry : GraphModule
{
    internal Entry(Block block)
        : base(block) { }

    /// <inheritdoc/>
    public override Tensor?[] forward(Tensor?[] input)
    {
        var output = base.forward(input);
        return input[0] is { } given && given.is_floating_point() ? output
            : is_grad_enabled() ? [output[0]!.detach().requires_grad_()]
            : output;
    }
}
