using static TorchSharp.torch;

namespace TrainDigits;

/// <summary>
/// Digits stored as bytes. A batch is converted to numbers from 0 to 1 when it is requested, so 60,000 digits take only
/// 47 MB.
/// </summary>
internal sealed class DigitSet : IDisposable
{
    private DigitSet(Tensor images, Tensor labels)
    {
        Images = images;
        Labels = labels;
    }

    /// <summary>The images, (N, 28, 28), bytes.</summary>
    public Tensor Images { get; }

    /// <summary>The classes, (N), 64 bit integers.</summary>
    public Tensor Labels { get; }

    public long Count => Labels.shape[0];

    public static DigitSet Read(string folder, string prefix)
    {
        var images = IdxFile.Read(folder, prefix + "-images-idx3-ubyte");
        var labels = IdxFile.Read(folder, prefix + "-labels-idx1-ubyte");
        if (images.Shape is not [_, 28, 28] || labels.Shape is not [_] || labels.Shape[0] != images.Shape[0])
        {
            throw new FormatException(
                $"{prefix}: images of shape [{string.Join(", ", images.Shape)}] and labels of shape "
                    + $"[{string.Join(", ", labels.Shape)}]; they must be [N, 28, 28] and [N]."
            );
        }

        return new DigitSet(
            tensor(images.Bytes, [.. images.Shape.Select(size => (long)size)]),
            tensor([.. labels.Bytes.Select(label => (long)label)])
        );
    }

    public (Tensor Images, Tensor Labels) Batch(Tensor rows) =>
        (Images.index_select(0, rows).to(ScalarType.Float32).div(255).unsqueeze(1), Labels.index_select(0, rows));

    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
