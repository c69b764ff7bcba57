using static TorchSharp.torch;

namespace Lrp.Attribution;

public sealed partial class Target
{
    /// <summary>
    /// What a segmentation says of some pixels: the sum of one channel over them. The output has the shape (samples,
    /// channels, height, width), or any number of dimensions after the channels.
    /// </summary>
    /// <param name="channel">The channel, which is the class of the pixels.</param>
    /// <param name="mask">
    /// True, or a weight, for the pixels: of shape (height, width) for all samples, or (samples, height, width); null
    /// for all pixels.
    /// </param>
    /// <exception cref="ArgumentException">The mask has a weight that is not a finite number.</exception>
    public static Target Pixels(long channel, Tensor? mask = null)
    {
        if (mask is not null)
        {
            ThrowIfNotFinite(mask, "mask");
        }

        return new Target(
            mask is null ? $"channel {channel}" : $"channel {channel} of some pixels",
            (output, samples) =>
            {
                if (output.dim() < 3)
                {
                    throw new ArgumentException(
                        "To explain pixels, the model's output must have the shape (samples, channels, height, width); "
                            + $"it has {Shape(output)}. Use Target.Class for classes."
                    );
                }

                var weights = zeros_like(output);
                weights
                    .select(1, CheckEntry(output, 1, channel))
                    .copy_(mask is null ? ones_like(output.select(1, 0)) : PixelsOf(mask, output, samples));
                return weights;
            }
        );
    }

    /// <summary>
    /// One entry of each sample's output, of whatever shape: a coordinate or the score of a box of a detector, a number
    /// of a regression.
    /// </summary>
    /// <param name="indices">
    /// The entry's place after the dimension of the samples; negative numbers count from the end. With fewer numbers
    /// than dimensions, the sum over the dimensions that are left: a whole box. With none, all of the sample's output.
    /// </param>
    public static Target Entry(params long[] indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return new Target(
            $"entry [{string.Join(", ", indices)}]",
            (output, _) =>
            {
                if (indices.Length > output.dim() - 1)
                {
                    throw new ArgumentException(
                        $"An entry has at most {output.dim() - 1} numbers in an output of shape {Shape(output)}, whose "
                            + $"first dimension is the samples; the target names [{string.Join(", ", indices)}]."
                    );
                }

                var weights = zeros_like(output);
                var entry = weights;
                for (var k = 0; k < indices.Length; k++)
                {
                    entry = entry.select(1, CheckEntry(output, k + 1, indices[k]));
                }

                entry.fill_(1);
                return weights;
            }
        );
    }

    private static long CheckEntry(Tensor output, int dimension, long index)
    {
        var size = output.shape[dimension];
        var found = index < 0 ? index + size : index;
        return found >= 0 && found < size
            ? found
            : throw new ArgumentOutOfRangeException(
                nameof(index),
                index,
                $"Dimension {dimension} of the model's output {Shape(output)} has the entries 0 to {size - 1}."
            );
    }

    private static Tensor PixelsOf(Tensor mask, Tensor output, BatchPart samples)
    {
        var all = mask.detach().to(output.dtype).to(output.device);
        var pixels = output.shape[2..];
        if (all.shape.SequenceEqual(pixels))
        {
            return all.unsqueeze(0).expand([output.shape[0], .. pixels]);
        }

        var isOfBatch = all.dim() == pixels.Length + 1 && all.shape[1..].SequenceEqual(pixels);
        return isOfBatch
            ? samples.Own(all, "mask")
            : throw new ArgumentException(
                $"The target's mask has the shape {Shape(mask)}, and the pixels of the model's output {Shape(output)} "
                    + $"[{string.Join(", ", pixels)}]: the mask must have that shape, or one more dimension for the "
                    + "samples in front."
            );
    }
}
