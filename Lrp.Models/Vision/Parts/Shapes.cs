using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>Dimensions in another order as a module: each entry keeps its relevance.</summary>
internal sealed class Permute(params long[] dimensions)
    : nn.Module<Tensor, Tensor>(nameof(Permute)),
        INeedsNoInterception
{
    public override Tensor forward(Tensor input) => input.permute(dimensions);
}

/// <summary>Zeros around an image as a module: each entry keeps its relevance.</summary>
/// <param name="sizes">How many before and after the last dimension, then the one before it, and so on.</param>
internal sealed class ZeroPad(Func<Tensor, long[]> sizes)
    : nn.Module<Tensor, Tensor>(nameof(ZeroPad)),
        INeedsNoInterception
{
    public override Tensor forward(Tensor input)
    {
        var padding = sizes(input);
        return padding.All(size => size == 0) ? input.alias() : nn.functional.pad(input, padding);
    }
}

/// <summary>An image whose entries are moved around its borders as a module: each entry keeps its relevance.</summary>
internal sealed class Roll() : nn.Module<Tensor, long, long, Tensor>(nameof(Roll)), INeedsNoInterception
{
    /// <summary>Moves the entries of dimension 1 and those of dimension 2 by a number of places.</summary>
    public override Tensor forward(Tensor input1, long input2, long input3) => input1.roll([input2, input3], [1, 2]);
}
