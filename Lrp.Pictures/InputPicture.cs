using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Lrp.Pictures;

/// <summary>Converts between pictures and the image tensors of a model.</summary>
public static class InputPicture
{
    /// <summary>Draws an image tensor.</summary>
    /// <param name="image">(height, width) or (1, height, width) in grey, (3, height, width) in colour.</param>
    /// <param name="pixelSize">The side length in pixels of the square that shows one value.</param>
    /// <param name="mean">
    /// The mean that was subtracted from each channel when the image was normalized. Without it and
    /// <paramref name="standardDeviation"/>, the image's smallest to largest values are drawn as black to white.
    /// </param>
    /// <param name="standardDeviation">The standard deviation by which each channel was divided.</param>
    /// <exception cref="ArgumentException">
    /// The tensor is not an image, or there is not one mean and one standard deviation per channel.
    /// </exception>
    public static Picture Render(
        Tensor image,
        int pixelSize = 1,
        double[]? mean = null,
        double[]? standardDeviation = null
    )
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.dim() is not (2 or 3) || (image.dim() == 3 && image.shape[0] is not (1 or 3)))
        {
            throw new ArgumentException(
                $"An image must be (height, width), (1, height, width) or (3, height, width); this tensor has the "
                    + $"shape [{string.Join(", ", image.shape)}].",
                nameof(image)
            );
        }

        var height = checked((int)image.shape[^2]);
        var width = checked((int)image.shape[^1]);
        var channels = image.dim() == 3 ? (int)image.shape[0] : 1;
        var values = RelevanceMap.ToArray(image);
        ToUnitRange(values, channels, mean, standardDeviation);
        var picture = new Picture(width, height);
        var plane = width * height;
        for (var i = 0; i < plane; i++)
        {
            picture[i % width, i / width] = new Rgb(Level(0), Level(1), Level(2));

            byte Level(int channel) =>
                (byte)Math.Round(255 * Math.Clamp(values[((channels == 1 ? 0 : channel) * plane) + i], 0, 1));
        }

        return picture.Enlarge(pixelSize);
    }

    /// <summary>Converts a picture, for example a loaded photo, to a model's input.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mean">
    /// The mean to subtract from each channel (red, green, blue), as in training; 0 by default.
    /// </param>
    /// <param name="standardDeviation">The standard deviation by which to divide each channel; 1 by default.</param>
    /// <returns>(3, height, width), 32 bit floating point, from 0 to 1 before mean and deviation.</returns>
    /// <exception cref="ArgumentException">There are not three means or deviations.</exception>
    public static Tensor ToTensor(Picture picture, double[]? mean = null, double[]? standardDeviation = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (mean is { Length: not 3 } || standardDeviation is { Length: not 3 })
        {
            throw new ArgumentException(
                "A picture has 3 channels; there are "
                    + $"{mean?.Length ?? 3} means and {standardDeviation?.Length ?? 3} deviations."
            );
        }

        using var scope = NewDisposeScope();
        var bytes = MemoryMarshal.AsBytes(picture.Pixels);
        var image =
            tensor(bytes.ToArray(), [picture.Height, picture.Width, 4], ScalarType.Byte)[.., .., ..3]
                .permute(2, 0, 1)
                .to(ScalarType.Float32) / 255;
        if (mean is not null)
        {
            image -= tensor(mean, [3, 1, 1], ScalarType.Float32);
        }

        if (standardDeviation is not null)
        {
            image /= tensor(standardDeviation, [3, 1, 1], ScalarType.Float32);
        }

        return image.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The largest part in the middle of a picture that has the ratio of the given sides, in their size.
    /// </summary>
    /// <param name="picture">The picture, for example a loaded photo.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    public static Picture CenterCrop(Picture picture, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var scale = Math.Min((double)picture.Width / width, (double)picture.Height / height);
        var part = new Picture(
            Math.Clamp((int)Math.Round(width * scale), 1, picture.Width),
            Math.Clamp((int)Math.Round(height * scale), 1, picture.Height)
        );
        part.Paste(picture, -((picture.Width - part.Width) / 2), -((picture.Height - part.Height) / 2));
        return part.Resize(width, height);
    }

    private static void ToUnitRange(double[] values, int channels, double[]? mean, double[]? deviation)
    {
        if (mean is null && deviation is null)
        {
            var low = values.Where(double.IsFinite).DefaultIfEmpty(0).Min();
            var high = values.Where(double.IsFinite).DefaultIfEmpty(1).Max();
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = high > low ? (values[i] - low) / (high - low) : 0;
            }

            return;
        }

        if ((mean ?? deviation)!.Length != channels || (deviation ?? mean)!.Length != channels)
        {
            throw new ArgumentException($"An image of {channels} channels needs {channels} means and deviations.");
        }

        var plane = values.Length / channels;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (values[i] * (deviation?[i / plane] ?? 1)) + (mean?[i / plane] ?? 0);
        }
    }
}
