using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>Features divided among heads, and back.</summary>
internal static class HeadShapes
{
    /// <summary>Samples × positions × features to samples × heads × positions × features of a head.</summary>
    public static Tensor Split(Tensor input, long heads) =>
        input.unflatten(2, [heads, input.shape[2] / heads]).transpose(1, 2);

    /// <summary>Samples × heads × positions × features of a head to samples × positions × features.</summary>
    public static Tensor Joined(Tensor input) => input.transpose(1, 2).flatten(2);
}
