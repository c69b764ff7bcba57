using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// Average pooling: a convolution whose weights are positive and the same within a window. Its negative part is zero.
/// </summary>
internal sealed class AveragePooling(RuleSite site) : LinearMap
{
    public override bool HasWeights => true;

    public override bool HasBias => false;

    public override bool HasFastGraph => true;

    protected override int SampleDimensions =>
        site.Module switch
        {
            AvgPool1d or AdaptiveAvgPool1d => 2,
            AvgPool2d or AdaptiveAvgPool2d => 3,
            _ => 4,
        };

    public static bool Is(nn.Module module) =>
        module is AvgPool1d or AvgPool2d or AvgPool3d or AdaptiveAvgPool1d or AdaptiveAvgPool2d or AdaptiveAvgPool3d;

    public override Tensor Forward(Tensor input, WeightPart weight, WeightPart bias)
    {
        var pooled = site.Rerun(input);
        switch (weight.Kind)
        {
            case WeightPartKind.Scaled:
                return weight.OfPositive == 1 ? pooled : pooled.mul(weight.OfPositive);
            case WeightPartKind.None:
                return pooled.mul(0);
            case WeightPartKind.Squared:
                return pooled.mul(WeightPerWindow(input));
            default:
                return pooled.div(WeightPerWindow(input));
        }
    }

    public override Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape) =>
        GradientThrough(input => Forward(input, weight, WeightPart.None), vector, inputShape);

    public override Tensor Bias(WeightPart part) => throw new NotSupportedException("Average pooling has no bias.");

    protected override void Refresh() { }

    /// <summary>
    /// The weight that the inputs of each window have, in the shape of one channel of one output; stays with the map.
    /// </summary>
    private Tensor WeightPerWindow(Tensor input)
    {
        var sizes = input.shape[^(SampleDimensions - 1)..];
        return Constant(
            ("window", string.Join(',', sizes), input.dtype, input.device.ToString()),
            () => WeightPerWindow(sizes).to(input.dtype).to(input.device)
        );
    }

    /// <summary>
    /// A window's weights sum to its output for an input of ones. The number of its inputs is a product of lengths, one
    /// for each dimension, and the variance of the coordinates of n neighbours is (n² - 1) / 12. So the module itself
    /// tells its windows, whatever its padding, rounding and divisor.
    /// </summary>
    private Tensor WeightPerWindow(long[] sizes)
    {
        var images = new List<Tensor> { ones(sizes, ScalarType.Float64) };
        for (var k = 0; k < sizes.Length; k++)
        {
            long[] along = [.. Enumerable.Repeat(1L, k), sizes[k], .. Enumerable.Repeat(1L, sizes.Length - k - 1)];
            var coordinates = (arange(sizes[k], ScalarType.Float64) - ((sizes[k] - 1) / 2.0)).reshape(along);
            images.Add(coordinates.expand(sizes));
            images.Add(coordinates.square().expand(sizes));
        }

        var pooled = site.Rerun(stack(images).unsqueeze(1));
        var sum = pooled[0];
        var inputs = ones_like(sum);
        for (var k = 0; k < sizes.Length; k++)
        {
            var variance = (pooled[(2 * k) + 2] / sum) - (pooled[(2 * k) + 1] / sum).square();
            inputs *= ((variance * 12) + 1).sqrt().round();
        }

        return sum / inputs;
    }
}
