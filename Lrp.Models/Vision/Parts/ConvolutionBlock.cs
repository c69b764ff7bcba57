using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// A convolution, its batch normalisation and an activation, named 0, 1 and 2: torchvision's Conv2dNormActivation.
/// </summary>
internal static class ConvolutionBlock
{
    /// <summary>Makes one that keeps height and width, apart from its stride.</summary>
    public static Sequential Of(
        long input,
        long output,
        NormOptions norm,
        Func<nn.Module<Tensor, Tensor>>? activation,
        long kernel = 3,
        long stride = 1,
        long groups = 1
    )
    {
        var layers = new List<nn.Module<Tensor, Tensor>>
        {
            nn.Conv2d(input, output, kernel, stride, (kernel - 1) / 2, groups: groups, bias: false),
            norm.Of(output),
        };
        if (activation is not null)
        {
            layers.Add(activation());
        }

        return nn.Sequential(layers);
    }
}
