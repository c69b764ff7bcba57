using Lrp.Checkpoints;
using static TorchSharp.torch;

namespace Digits;

/// <summary>
/// A hundred digits of the MNIST test set, the first ten of each class. They were not used in training.
/// </summary>
public sealed class TestDigits : IDisposable
{
    private TestDigits(Tensor images, Tensor labels)
    {
        Images = images;
        Labels = labels;
    }

    /// <summary>The images, (100, 1, 28, 28), ink from 0 to 1; ten zeros, then ten ones, and so on.</summary>
    public Tensor Images { get; }

    /// <summary>The true classes, (100), integers from 0 to 9.</summary>
    public Tensor Labels { get; }

    /// <summary>Loads the digits.</summary>
    /// <param name="dtype">The element type of the images.</param>
    public static TestDigits Load(ScalarType dtype = ScalarType.Float32)
    {
        using var file = SafetensorsFile.Open(Resource.Read("test-digits.safetensors"));
        using var ink = file.ReadTensor("images");
        using var labels = file.ReadTensor("labels");
        using var wide = ink.to(dtype);
        return new TestDigits(wide.div(255).unsqueeze(1), labels.to(ScalarType.Int64));
    }

    /// <summary>The first image of a class, (1, 1, 28, 28), as a new tensor that the caller disposes.</summary>
    /// <param name="digit">The class, 0 to 9.</param>
    public Tensor First(long digit) => Images.narrow(0, digit * 10, 1);

    /// <summary>One image of each class, (10, 1, 28, 28), as a new tensor that the caller disposes.</summary>
    /// <param name="nth">Which of the ten of each class, 0 to 9.</param>
    public Tensor OneOfEach(long nth = 0)
    {
        using var rows = arange(nth, 100, 10);
        return Images.index_select(0, rows);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
