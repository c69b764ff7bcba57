using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// Average pooling: a convolution whose weights are positive and the same within a window. Its negative part is zero.
/// Any power of the weights distributes relevance alike, so that squares and ones stand for the weights themselves.
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
        var factor = weight.Kind switch
        {
            WeightPartKind.Scaled => weight.OfPositive,
            WeightPartKind.None => 0,
            _ => 1,
        };
        var pooled = site.Rerun(input);
        return factor == 1 ? pooled : pooled.mul(factor);
    }

    public override Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape) =>
        GradientThrough(input => Forward(input, weight, WeightPart.None), vector, inputShape);

    public override Tensor Bias(WeightPart part) => throw new NotSupportedException("Average pooling has no bias.");

    protected override void Refresh() { }
}
