using System.Text.Json;
using Lrp.Composites;
using Lrp.Models.Methods;
using Lrp.Models.Vision;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>AttnLRP or CP-LRP, with Gamma or without, on a transformer for images, in both forms.</summary>
public sealed class VisionTransformerRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["vision_transformer"];

    public void Run(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        using var network = Network(golden);
        var input = Input(golden);
        var targets = descriptor.GetProperty("target").EnumerateArray().Select(target => target.GetInt64()).ToArray();
        foreach (var form in Enum.GetValues<RelevanceForm>())
        {
            using var pixels = input.clone().requires_grad_();
            using var registration = Rules(descriptor.GetProperty("algorithm"), form).Register(network);
            var output = network.call(pixels);
            golden.AssertClose(output, "output");
            using var chosen = output.gather(1, tensor(targets).unsqueeze(1));
            chosen.sum().backward();
            registration.ThrowIfFaulted();
            golden.AssertClose(pixels.grad!, golden.Read("relevance_in"), $"relevance_in, {form}");
        }
    }

    private static VisionNetwork Network(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        if (descriptor.GetProperty("library").GetString() == "huggingface")
        {
            var folder = Path.Combine(
                Path.GetDirectoryName(golden.Path)!,
                descriptor.GetProperty("folder").GetString()!
            );
            return VisionTransformer.Load(folder, ScalarType.Float64);
        }

        var network = PublishedNetworks.Build(
            descriptor.GetProperty("network").GetString()!,
            descriptor.GetProperty("sizes")
        );
        Weights(descriptor).Fill(network, null);
        return network;
    }

    private static Tensor Input(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        if (golden.Has("input"))
        {
            return golden.Read("input");
        }

        var size = descriptor.GetProperty("sizes").TryGetProperty("image_size", out var given) ? given.GetInt64() : 0;
        long[] shape = descriptor.TryGetProperty("input_shape", out var dimensions)
            ? [.. dimensions.EnumerateArray().Select(dimension => dimension.GetInt64())]
            : [descriptor.GetProperty("target").GetArrayLength(), 3, size, size];
        return Weights(descriptor).Input(shape);
    }

    private static SineWeights Weights(JsonElement descriptor) =>
        new(
            descriptor.GetProperty("seed").GetDouble(),
            descriptor.TryGetProperty("gain", out var gain) ? gain.GetDouble() : 4
        );

    private static Composite Rules(JsonElement algorithm, RelevanceForm form)
    {
        var convolution = Gamma("gamma_conv");
        var linear = Gamma("gamma_linear");
        return algorithm.GetProperty("attention").GetString() switch
        {
            "attn" or null => VisionPresets.AttnLrp(convolution, linear, form),
            "cp" => VisionPresets.CpLrp(convolution, linear, form),
            var other => throw new NotSupportedException($"There is no algorithm {other} for attention."),
        };

        double? Gamma(string name) =>
            algorithm.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
                ? value.GetDouble()
                : null;
    }
}
