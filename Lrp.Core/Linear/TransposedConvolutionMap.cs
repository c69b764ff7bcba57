using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>A transposed convolution of one, two or three dimensions.</summary>
internal sealed class TransposedConvolutionMap(Convolution layer) : ConvolutionMap(layer)
{
    public override bool HasFastGraph => false;

    public override Tensor Forward(Tensor input, WeightPart weight, WeightPart bias) =>
        Convolutions.ConvolveTransposed(
            input,
            Weights.Get(weight),
            BiasOrNull(bias),
            Layer.stride,
            Padding!,
            Steps(Layer.output_padding[0]), // TorchSharp's layers take the first for every dimension
            Layer.dilation,
            Layer.groups
        );

    public override Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape)
    {
        var gradient = Convolutions.Convolve(
            vector,
            Weights.Get(weight),
            null,
            Layer.stride,
            Padding!,
            Layer.dilation,
            Layer.groups
        );

        // Output padding beyond a stride lets the convolution reach further than the input did.
        for (var i = 0; i < Dimensions; i++)
        {
            var dimension = inputShape.Length - Dimensions + i;
            if (gradient.shape[dimension] > inputShape[dimension])
            {
                gradient = gradient.narrow(dimension, 0, inputShape[dimension]);
            }
        }

        return gradient;
    }
}
