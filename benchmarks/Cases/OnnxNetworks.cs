using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>ONNX files with random weights.</summary>
internal static class OnnxNetworks
{
    private static readonly (string, object)[] PaddedBy1 = [("pads", new long[] { 1, 1, 1, 1 })];

    /// <summary>Writes TorchVision's ResNet18 as an exporter does, with the weights of a module.</summary>
    /// <param name="module">The module; its parameters have TorchVision's names.</param>
    /// <param name="path">Where to.</param>
    public static string ResNet18(nn.Module module, string path)
    {
        var file = new OnnxWriter(17).Input("images", 1, -1, 3, 224, 224);
        foreach (var (name, tensor) in module.state_dict().Where(entry => entry.Value.is_floating_point()))
        {
            file.Tensor(name, tensor.data<float>().ToArray(), tensor.shape);
        }

        Normalized(file, "images", "conv1", "bn1", 2, 3);
        file.Node("Relu", "bn1", "relu")
            .Node("MaxPool", "relu", "maxpool", "", [("kernel_shape", Pair(3)), ("strides", Pair(2)), .. PaddedBy1]);
        var input = "maxpool";
        foreach (var layer in Enumerable.Range(1, 4))
        {
            input = Block(file, input, $"layer{layer}.0", isFirst: layer > 1);
            input = Block(file, input, $"layer{layer}.1", isFirst: false);
        }

        return file.Node("GlobalAveragePool", input, "avgpool")
            .Node("Flatten", "avgpool", "flatten")
            .Node("Gemm", "flatten fc.weight fc.bias", "logits", "", ("transB", 1L))
            .Output("logits")
            .Save(path);
    }

    /// <summary>Writes six fully connected layers of 2048 features, 100.7 MB.</summary>
    /// <param name="path">Where to.</param>
    public static string Large(string path)
    {
        const long Features = 2048;
        using var scope = NewDisposeScope();
        var file = new OnnxWriter(17).Input("x", 1, -1, Features);
        var weight = randn(Features * Features).data<float>().ToArray();
        for (var k = 0; k < 6; k++)
        {
            file.Tensor($"weight{k}", weight, Features, Features);
            file.Node("MatMul", $"{(k == 0 ? "x" : $"layer{k - 1}")} weight{k}", $"layer{k}");
        }

        return file.Output("layer5").Save(path);
    }

    private static string Block(OnnxWriter file, string input, string name, bool isFirst)
    {
        Normalized(file, input, $"{name}.conv1", $"{name}.bn1", isFirst ? 2 : 1, 1);
        file.Node("Relu", $"{name}.bn1", $"{name}.relu1");
        Normalized(file, $"{name}.relu1", $"{name}.conv2", $"{name}.bn2", 1, 1);
        var shortcut = input;
        if (isFirst)
        {
            shortcut = $"{name}.downsample.1";
            Normalized(file, input, $"{name}.downsample.0", shortcut, 2, 0);
        }

        file.Node("Add", $"{name}.bn2 {shortcut}", $"{name}.sum").Node("Relu", $"{name}.sum", name);
        return name;
    }

    private static void Normalized(
        OnnxWriter file,
        string input,
        string conv,
        string norm,
        long stride,
        long padding
    ) =>
        file.Node(
                "Conv",
                $"{input} {conv}.weight",
                conv,
                "",
                ("strides", Pair(stride)),
                ("pads", new[] { padding, padding, padding, padding })
            )
            .Node(
                "BatchNormalization",
                $"{conv} {norm}.weight {norm}.bias {norm}.running_mean {norm}.running_var",
                norm
            );

    private static long[] Pair(long size) => [size, size];
}
