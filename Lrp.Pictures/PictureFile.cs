using SkiaSharp;

namespace Lrp.Pictures;

/// <summary>Pictures as bytes of files, read and written by Skia.</summary>
internal static class PictureFile
{
    private const int JpegQuality = 95;
    private const int MostEffort = 100;

    private static readonly Dictionary<string, SKEncodedImageFormat> Formats = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = SKEncodedImageFormat.Png,
        [".jpg"] = SKEncodedImageFormat.Jpeg,
        [".jpeg"] = SKEncodedImageFormat.Jpeg,
        [".webp"] = SKEncodedImageFormat.Webp,
    };

    /// <summary>The format that a file's name asks for.</summary>
    public static SKEncodedImageFormat FormatOf(string path) =>
        Formats.TryGetValue(Path.GetExtension(path), out var format)
            ? format
            : throw new ArgumentException(
                $"'{path}' does not name a kind of picture to write; end it in {string.Join(", ", Formats.Keys)}.",
                nameof(path));

    /// <summary>PNG and WebP without loss, JPEG of high quality with its colours at full resolution.</summary>
    public static unsafe byte[] Encode(Picture picture, SKEncodedImageFormat format)
    {
        fixed (Rgb* pixels = picture.Pixels)
        {
            using var pixmap = new SKPixmap(InfoOf(picture), (nint)pixels);

            // Skia's JPEG encoder does not know Rgb888x; of Rgba8888 it leaves the fourth byte aside, WebP's does not.
            using SKPixmap withAlpha = pixmap.WithColorType(SKColorType.Rgba8888);
            using SKData? data = format switch
            {
                SKEncodedImageFormat.Jpeg => withAlpha.Encode(new SKJpegEncoderOptions(
                    JpegQuality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore)),
                SKEncodedImageFormat.Webp => pixmap.Encode(
                    new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, MostEffort)),
                _ => pixmap.Encode(SKPngEncoderOptions.Default),
            };
            return data?.ToArray() ?? throw new ArgumentException(
                $"A picture of {picture.Width} x {picture.Height} pixels does not fit into the format {format}; "
                + "JPEG takes 65500 pixels a side, WebP 16383: make it smaller, or save it as PNG.");
        }
    }

    /// <summary>Reads a picture: upright as its camera noted, and what is transparent on white.</summary>
    /// <param name="bytes">What the file holds.</param>
    /// <param name="name">What to call it in an error message.</param>
    /// <remarks>No colour space is named, so numbers stay as they are stored: models were trained on them so.</remarks>
    public static Picture Decode(byte[] bytes, string name)
    {
        using SKData data = SKData.CreateCopy(bytes);
        using SKCodec codec = SKCodec.Create(data)
            ?? throw new InvalidDataException(
                $"'{name}' is not a picture that can be read, or is cut off; PNG, JPEG and WebP files are read.");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        using var stored = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        var result = codec.GetPixels(stored.Info, stored.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new InvalidDataException(
                $"'{name}' begins as {codec.EncodedFormat} of {width} x {height} pixels but is cut off or damaged "
                + $"({result}); write it again from its source.");
        }

        // Skia turns a picture upright only where it decodes for itself, and then takes one that is cut off for whole.
        using SKImage image = codec.EncodedOrigin is SKEncodedOrigin.TopLeft
            ? SKImage.FromBitmap(stored)
            : SKImage.FromEncodedData(data);
        var picture = new Picture(image.Width, image.Height, Rgb.Hex(0xffffff));
        picture.Draw(canvas => canvas.DrawImage(image, 0, 0));
        return picture;
    }

    /// <summary>How a picture's pixels lie in memory.</summary>
    public static SKImageInfo InfoOf(Picture picture) =>
        new(picture.Width, picture.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
}
