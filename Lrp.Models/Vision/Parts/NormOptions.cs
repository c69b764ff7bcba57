using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>The batch normalisation of a network.</summary>
/// <param name="Eps">Added to the variance.</param>
/// <param name="Momentum">The weight of a new batch in the running statistics.</param>
internal sealed record NormOptions(double Eps = 1e-5, double Momentum = 0.1)
{
    public BatchNorm2d Of(long channels) => nn.BatchNorm2d(channels, Eps, Momentum);
}
