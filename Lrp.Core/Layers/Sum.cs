using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Layers;

/// <summary>
/// The sum along one dimension, as a module that can have a rule. A residual block that ends in
/// <c>sum.call(stack([branch, shortcut], -1))</c> lets a composite decide how relevance splits between the two.
/// </summary>
public sealed class Sum : nn.Module<Tensor, Tensor>
{
    private readonly long dimension;

    /// <summary>Creates the module.</summary>
    /// <param name="dimension">The dimension that is summed away; negative ones count from the end.</param>
    public Sum(long dimension = -1)
        : base(nameof(Sum))
    {
        this.dimension = dimension;
    }

    /// <summary>Sums.</summary>
    /// <param name="input">Any tensor with the dimension.</param>
    /// <returns>The input's shape without the dimension.</returns>
    public override Tensor forward(Tensor input) => input.sum(dimension);
}
