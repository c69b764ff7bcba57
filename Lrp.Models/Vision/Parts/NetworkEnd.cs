using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// The image as it enters a network, or the scores as they leave it: nothing is done here. The efficient form of
/// relevance begins at the scores and ends at the image.
/// </summary>
internal sealed class NetworkEnd(bool isImage) : nn.Module<Tensor, Tensor>(nameof(NetworkEnd)), INeedsNoInterception
{
    private readonly bool _isImage = isImage;

    public static bool IsOfImage(nn.Module module) => module is NetworkEnd { _isImage: true };

    public static bool IsOfScores(nn.Module module) => module is NetworkEnd { _isImage: false };

    public override Tensor forward(Tensor input) => input.alias();
}
