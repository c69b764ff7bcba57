using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Pictures;

/// <summary>A model's image input as the picture it was.</summary>
public static class InputPicture
{
    /// <summary>Draws an image tensor.</summary>
    /// <param name="image">(height, width) or (1, height, width) in grey, (3, height, width) in colour.</param>
    /// <param name="pixelSize">The side of the square that shows one value, in pixels.</param>
    /// <param name="mean">What was subtracted a channel when the image was normalized; without it and
    /// <paramref name="standardDeviation"/> the picture runs from the image's smallest to its largest value.</param>
    /// <param name="standardDeviation">What the image was divided by a channel.</param>
    /// <exception cref="ArgumentException">The tensor is no image, or there is not one mean and deviation a channel.</exception>
    public static Picture Render(Tensor image, int pixelSize = 1, double[]? mean = null, double[]? standardDeviation = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.dim() is not (2 or 3) || (image.dim() == 3 && image.shape[0] is not (1 or 3)))
        {
            throw new ArgumentException(
                $"An image is (height, width), (1, height, width) or (3, height, width); this tensor has the shape [{string.Join(", ", image.shape)}].",
                nameof(image));
        }

        int height = checked((int)image.shape[^2]);
        int width = checked((int)image.shape[^1]);
        int channels = image.dim() == 3 ? (int)image.shape[0] : 1;
        double[] values = RelevanceMap.ToArray(image);
        ToUnitRange(values, channels, mean, standardDeviation);
        var picture = new Picture(width, height);
        int plane = width * height;
        for (int i = 0; i < plane; i++)
        {
            picture[i % width, i / width] = new Rgb(Level(0), Level(1), Level(2));

            byte Level(int channel) => (byte)Math.Round(255 * Math.Clamp(values[((channels == 1 ? 0 : channel) * plane) + i], 0, 1));
        }

        return picture.Enlarge(pixelSize);
    }

    /// <summary>A picture as a model takes it, a photo that was loaded for instance.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mean">What to subtract a channel (red, green, blue), as in training; nothing unless told.</param>
    /// <param name="standardDeviation">What to divide by a channel; by 1 unless told.</param>
    /// <returns>(3, height, width), 32 bit floating point, from 0 to 1 before mean and deviation.</returns>
    /// <exception cref="ArgumentException">There are not three means or deviations.</exception>
    public static Tensor ToTensor(Picture picture, double[]? mean = null, double[]? standardDeviation = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (mean is { Length: not 3 } || standardDeviation is { Length: not 3 })
        {
            throw new ArgumentException(
                "A picture has 3 channels; there are "
                + $"{mean?.Length ?? 3} means and {standardDeviation?.Length ?? 3} deviations.");
        }

        using DisposeScope scope = NewDisposeScope();
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(picture.Pixels);
        Tensor image = tensor(bytes.ToArray(), [picture.Height, picture.Width, 4], ScalarType.Byte)[.., .., ..3]
            .permute(2, 0, 1).to(ScalarType.Float32) / 255;
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

    private static void ToUnitRange(double[] values, int channels, double[]? mean, double[]? deviation)
    {
        if (mean is null && deviation is null)
        {
            double low = values.Where(double.IsFinite).DefaultIfEmpty(0).Min();
            double high = values.Where(double.IsFinite).DefaultIfEmpty(1).Max();
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = high > low ? (values[i] - low) / (high - low) : 0;
            }

            return;
        }

        if ((mean ?? deviation)!.Length != channels || (deviation ?? mean)!.Length != channels)
        {
            throw new ArgumentException($"An image of {channels} channels needs {channels} means and deviations.");
        }

        int plane = values.Length / channels;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (values[i] * (deviation?[i / plane] ?? 1)) + (mean?[i / plane] ?? 0);
        }
    }
}
