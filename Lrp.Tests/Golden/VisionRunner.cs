using System.Text.Json;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>A preset on a network of TorchVision, with nothing but merged batch normalisation.</summary>
public sealed class VisionRunner : IGoldenRunner
{
    private static readonly string[] Gradients = ["GuidedBackprop", "DeconvNet", "BetaSmooth"];

    public IReadOnlyCollection<string> Kinds => ["vision", "vision_modern"];

    public void Run(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        var sizes = descriptor.TryGetProperty("sizes", out var given) ? given : default(JsonElement?);
        var (network, parts) = VisionNetworks.Build(descriptor.GetProperty("network").GetString()!, sizes);
        using var model = network;
        var weights = new SineWeights(
            descriptor.GetProperty("seed").GetDouble(),
            descriptor.TryGetProperty("gain", out var gain) ? gain.GetDouble() : 4
        );
        weights.Fill(model, parts);
        long[] shape = descriptor.TryGetProperty("input_shape", out var dimensions)
            ? [.. dimensions.EnumerateArray().Select(size => size.GetInt64())]
            : [2, 3, 64, 64];
        var input = weights.Input(shape).requires_grad_();
        var composite = descriptor.GetProperty("composite");
        var isGradient = Gradients.Contains(composite.GetProperty("type").GetString());
        var rules = new Composite();
        if (golden.Kind == "vision")
        {
            // zennit sees modules only, and the pool that MobileNetV2 calls as a function was left at its gradient.
            rules.Add(Functions.AvgPool, null);
        }

        rules.Add(RuleBuilder.BuildComposite(composite, isGradient ? [] : [new MergeBatchNorm()]));
        using var registration = rules.Register(model, start: RelevanceStart.Gradient);
        var output = model.call(input);
        golden.AssertClose(output, "output");

        var targets = descriptor.GetProperty("target").EnumerateArray().Select(target => target.GetInt64()).ToArray();
        var start = zeros_like(output);
        for (var sample = 0; sample < targets.Length; sample++)
        {
            start[sample, targets[sample]] = output[sample, targets[sample]].detach();
        }

        output.backward([start]);
        registration.ThrowIfFaulted();
        golden.AssertClose(input.grad!, "relevance_in");
    }
}
