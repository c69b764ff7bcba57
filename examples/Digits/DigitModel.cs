using OnnxFiles;

namespace Digits;

/// <summary><see cref="DigitsNetwork"/> as an ONNX file, as training tools export networks.</summary>
public static class DigitModel
{
    /// <summary>The name of the input: (N, 1, 28, 28), ink from 0 to 1.</summary>
    public const string Input = "image";

    /// <summary>The name of the output: (N, 10) logits.</summary>
    public const string Output = "classifier.3";

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where to.</param>
    /// <returns>The same path.</returns>
    public static string Write(string path)
    {
        using var network = DigitsNetwork.Pretrained();
        var file = new OnnxWriter(17).Input(Input, 1, -1, 1, 28, 28);
        foreach (var (name, parameter) in network.named_parameters())
        {
            file.Tensor(name, parameter.data<float>().ToArray(), parameter.shape);
        }

        long[] around = [1, 1, 1, 1];
        long[] two = [2, 2];
        Convolution(Input, 0);
        file.Node("MaxPool", "features.1", "features.2", "", ("kernel_shape", two), ("strides", two));
        Convolution("features.2", 3);
        file.Node("MaxPool", "features.4", "features.5", "", ("kernel_shape", two), ("strides", two));
        Convolution("features.5", 6);
        file.Node("Flatten", "features.7", "classifier.0");
        Linear("classifier.0", 1);
        file.Node("Relu", "classifier.1", "classifier.2");
        Linear("classifier.2", 3);
        return file.Output(Output, 1, -1, 10).Save(path);

        void Convolution(string input, int place)
        {
            var layer = $"features.{place}";
            file.Node("Conv", $"{input} {layer}.weight {layer}.bias", layer, "", ("pads", around));
            file.Node("Relu", layer, $"features.{place + 1}");
        }

        void Linear(string input, int place)
        {
            var layer = $"classifier.{place}";
            file.Node("Gemm", $"{input} {layer}.weight {layer}.bias", layer, "", ("transB", 1L));
        }
    }
}
