using SkiaSharp;

namespace Lrp.Pictures;

/// <summary>Reads and writes pictures in file formats, with Skia.</summary>
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

    /// <summary>The format for the extension of a file's name.</summary>
    public static SKEncodedImageFormat FormatOf(string path) =>
        Formats.TryGetValue(Path.GetExtension(path), out var format)
            ? format
            : throw new ArgumentException(
                $"'{path}' has an unsupported extension; use one of {string.Join(", ", Formats.Keys)}.",
                nameof(path)
            );

    /// <summary>
    /// Encodes a picture: lossless as PNG and WebP, in high quality with colours at full resolution as JPEG.
    /// </summary>
    public static unsafe byte[] Encode(Picture picture, SKEncodedImageFormat format)
    {
        fixed (Rgb* pixels = picture.Pixels)
        {
            using var pixmap = new SKPixmap(InfoOf(picture), (nint)pixels);

            // Skia's JPEG encoder does not support Rgb888x. For Rgba8888 it ignores the fourth byte; the WebP encoder
            // does not.
            using var withAlpha = pixmap.WithColorType(SKColorType.Rgba8888);
            using var data = format switch
            {
                SKEncodedImageFormat.Jpeg => withAlpha.Encode(
                    new SKJpegEncoderOptions(
                        JpegQuality,
                        SKJpegEncoderDownsample.Downsample444,
                        SKJpegEncoderAlphaOption.Ignore
                    )
                ),
                SKEncodedImageFormat.Webp => pixmap.Encode(
                    new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, MostEffort)
                ),
                _ => pixmap.Encode(SKPngEncoderOptions.Default),
            };
            return data?.ToArray()
                ?? throw new ArgumentException(
                    $"A picture of {picture.Width} x {picture.Height} pixels is too large for the format {format}; "
                        + "JPEG allows 65500 pixels per side, WebP 16383. Make it smaller, or save it as PNG."
                );
        }
    }

    /// <summary>Decodes a picture, upright as its metadata says, with transparent pixels on white.</summary>
    /// <param name="bytes">The content of the file.</param>
    /// <param name="name">The name of the file, for error messages.</param>
    /// <remarks>No colour space is given, so values stay as they are stored, as in the training of models.</remarks>
    public static Picture Decode(byte[] bytes, string name)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec =
            SKCodec.Create(data)
            ?? throw new InvalidDataException(
                $"'{name}' is not a picture that can be read, or is cut off; supported are PNG, JPEG and WebP."
            );
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        using var stored = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        var result = codec.GetPixels(stored.Info, stored.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new InvalidDataException(
                $"'{name}' is a {codec.EncodedFormat} of {width} x {height} pixels, but is cut off or damaged "
                    + $"({result}); create the file again."
            );
        }

        // Skia rotates a picture upright only in its own loader, which does not detect a file that is cut off.
        using var image =
            codec.EncodedOrigin is SKEncodedOrigin.TopLeft ? SKImage.FromBitmap(stored) : SKImage.FromEncodedData(data);
        var picture = new Picture(image.Width, image.Height, Rgb.Hex(0xffffff));
        picture.Draw(canvas => canvas.DrawImage(image, 0, 0));
        return picture;
    }

    /// <summary>The layout of a picture's pixels in memory.</summary>
    public static SKImageInfo InfoOf(Picture picture) =>
        new(picture.Width, picture.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
}
