using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>Average pooling: linear, without parameters of which a part could be taken.</summary>
internal sealed class AveragePooling(RuleSite site) : LinearMap
{
    public override bool HasWeights => false;

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

    public override Tensor Forward(Tensor input, WeightPart weight, WeightPart bias) => site.Rerun(input);

    public override Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape) =>
        GradientThrough(input => Forward(input, weight, WeightPart.None), vector, inputShape);

    public override Tensor Bias(WeightPart part) => throw new NotSupportedException("Average pooling has no bias.");

    protected override void Refresh() { }
}
