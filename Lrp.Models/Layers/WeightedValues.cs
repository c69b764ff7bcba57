using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>Attention's weights times the values, as a module. Its output is what each head has read.</summary>
public sealed class WeightedValues() : nn.Module<Tensor, Tensor, Tensor>(nameof(WeightedValues))
{
    /// <summary>The weighted sum of the values.</summary>
    /// <param name="weights">B × H × T × S.</param>
    /// <param name="values">B × H × S × E.</param>
    /// <returns>B × H × T × E.</returns>
    public override Tensor forward(Tensor weights, Tensor values) => weights.matmul(values);
}
