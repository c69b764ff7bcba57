using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>A convolution that runs itself, with a padding of its own.</summary>
internal sealed class UnevenConvolutionMap(Convolution layer) : ConvolutionMap(layer)
{
    public override bool HasFastGraph => !Layer.transposed;

    public override Tensor Forward(Tensor input, WeightPart weight, WeightPart bias) =>
        ((IUnevenConvolution)Layer).Run(input, Weights.Get(weight), BiasOrNull(bias));

    public override Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape) =>
        GradientThrough(input => ((IUnevenConvolution)Layer).Run(input, Weights.Get(weight), null), vector, inputShape);
}
