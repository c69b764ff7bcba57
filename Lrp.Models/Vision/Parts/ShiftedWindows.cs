using Lrp.Core;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// Divides an image into windows, shifted or not, and puts them together again: samples × height × width × features.
/// Entries are moved only, so that each keeps its relevance.
/// </summary>
internal sealed class ShiftedWindows : nn.Module<Tensor, Tensor>, INeedsNoInterception
{
    private const double Unseen = -100;
    private readonly long _height;
    private readonly long _width;
    private readonly long _shiftDown;
    private readonly long _shiftAcross;

    [ComponentName(Name = "pad")]
    private readonly ZeroPad _pad;

    [ComponentName(Name = "roll")]
    private readonly Roll _roll = new();

    [ComponentName(Name = "roll_back")]
    private readonly Roll _rollBack = new();

    private readonly Func<Tensor, Tensor?, Tensor> _attention;

    /// <param name="attention">What runs on the windows and their mask.</param>
    /// <param name="height">Of a window.</param>
    /// <param name="width">Of a window.</param>
    /// <param name="shifted">Whether windows are shifted by half of their size.</param>
    public ShiftedWindows(Func<Tensor, Tensor?, Tensor> attention, long height, long width, bool shifted)
        : base(nameof(ShiftedWindows))
    {
        _attention = attention;
        (_height, _width) = (height, width);
        (_shiftDown, _shiftAcross) = shifted ? (height / 2, width / 2) : (0, 0);
        _pad = new ZeroPad(image => [0, 0, 0, Missing(image.shape[2], width), 0, Missing(image.shape[1], height)]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var (samples, features) = (input.shape[0], input.shape[3]);
        var padded = _pad.call(input);
        var (height, width) = (padded.shape[1], padded.shape[2]);

        // A window as large as the image is not shifted.
        var down = _height >= height ? 0 : _shiftDown;
        var across = _width >= width ? 0 : _shiftAcross;
        var shifted = down + across > 0;
        var image = shifted ? _roll.call(padded, -down, -across) : padded;
        var mask = shifted ? Mask(height, width, down, across, input) : null;
        var attended = _attention(Windows(image, height, width), mask);
        image = attended
            .reshape(samples, height / _height, width / _width, _height, _width, features)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(samples, height, width, features);
        image = shifted ? _rollBack.call(image, down, across) : image;
        return image.narrow(1, 0, input.shape[1]).narrow(2, 0, input.shape[2]);
    }

    private static long Missing(long size, long window) => (window - size % window) % window;

    private Tensor Windows(Tensor image, long height, long width) =>
        image
            .reshape(image.shape[0], height / _height, _height, width / _width, _width, image.shape[3])
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, _height * _width, image.shape[3]);

    /// <summary>Keeps apart positions that the shift brought together from opposite ends of the image.</summary>
    private Tensor Mask(long height, long width, long down, long across, Tensor like)
    {
        using var scope = NewDisposeScope();
        var regions =
            tensor(Regions(height, _height, down)).unsqueeze(1).mul(3)
            + tensor(Regions(width, _width, across)).unsqueeze(0);
        var windows = Windows(regions.unsqueeze(0).unsqueeze(3), height, width).squeeze(2);
        var apart = windows.unsqueeze(1).ne(windows.unsqueeze(2));
        return zeros(apart.shape, like.dtype, like.device)
            .masked_fill_(apart.to(like.device), Unseen)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The region of each row or column: before the last window, in it, or in its shifted end.</summary>
    private static long[] Regions(long size, long window, long shift)
    {
        var regions = new long[size];
        for (var k = 0L; k < size; k++)
        {
            regions[k] =
                k >= size - shift || shift == 0 ? 2
                : k >= size - window ? 1
                : 0;
        }

        return regions;
    }
}
