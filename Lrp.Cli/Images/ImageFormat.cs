using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Cli.Images;

/// <summary>How a photograph becomes the input of a network.</summary>
/// <param name="Height">The height in pixels.</param>
/// <param name="Width">The width in pixels.</param>
internal sealed record ImageFormat(int Height, int Width)
{
    /// <summary>The means of red, green and blue, which are subtracted; by default those of ImageNet.</summary>
    public double[] Mean { get; init; } = [0.485, 0.456, 0.406];

    /// <summary>The standard deviations, which divide.</summary>
    public double[] Deviation { get; init; } = [0.229, 0.224, 0.225];

    /// <summary>The middle of a photograph in the shape of the input, scaled.</summary>
    /// <param name="path">The photograph.</param>
    public Picture Load(string path)
    {
        var whole = Picture.Load(path);
        var scale = Math.Min((double)whole.Width / Width, (double)whole.Height / Height);
        var (width, height) = ((int)Math.Round(scale * Width), (int)Math.Round(scale * Height));
        var middle = new Picture(width, height);
        middle.Paste(whole, -((whole.Width - width) / 2), -((whole.Height - height) / 2));
        return middle.Resize(Width, Height);
    }

    /// <summary>The input, 1 × 3 × H × W.</summary>
    public Tensor ToTensor(Picture picture) => InputPicture.ToTensor(picture, Mean, Deviation).unsqueeze(0);

    /// <summary>The smallest and the largest input that a pixel can have, 1 × 3 × 1 × 1.</summary>
    public (Tensor Low, Tensor High) Range =>
        (
            tensor([.. Mean.Zip(Deviation, (mean, deviation) => (float)(-mean / deviation))]).view(1, -1, 1, 1),
            tensor([.. Mean.Zip(Deviation, (mean, deviation) => (float)((1 - mean) / deviation))]).view(1, -1, 1, 1)
        );
}
