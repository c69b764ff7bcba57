using Lrp.Composites;
using Lrp.Composites.Canonizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Composites;

/// <summary>
/// TorchVision's networks as they are, with a preset and merged batch normalisation and nothing else: without biases,
/// the relevance at the input sums to what was explained.
/// </summary>
[TestFixture]
public sealed class TorchVisionTests
{
    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Create, long Size)> Networks = new()
    {
        ["resnet18"] = (() => torchvision.models.resnet18(5), 32),
        ["resnet50"] = (() => torchvision.models.resnet50(5), 32),
        ["mobilenet_v2"] = (() => torchvision.models.mobilenet_v2(5), 32),
        ["mobilenet_v3_small"] = (torchvision.models.mobilenet_v3_small, 32),
        ["googlenet"] = (() => torchvision.models.googlenet(5), 32),
        ["inception_v3"] = (() => torchvision.models.inception_v3(5), 75),
        ["vgg11"] = (() => torchvision.models.vgg11(5), 32),
    };

    private static IEnumerable<string> Names => Networks.Keys;

    [TestCaseSource(nameof(Names))]
    public void RelevanceSumsToWhatWasExplained(string name)
    {
        using var scope = NewDisposeScope();
        var (create, size) = Networks[name];
        // VGG's classifier alone has a gigabyte of weights in float64.
        var type = name == "vgg11" ? ScalarType.Float32 : ScalarType.Float64;
        using var model = WithoutBiases(create(), type);
        ICanonizer[] canonizers = [new MergeBatchNorm()];
        var preset = Presets.EpsilonPlusFlat(epsilon: 1e-9, stabilizer: 1e-9, canonizers: canonizers);
        using var registration = preset.Register(model);
        var input = rand([1, 3, size, size], type).requires_grad_();
        var logits = model.call(input);
        logits[0, 1].backward();

        var report = registration.Conservation();
        var explained = logits[0, 1].to(ScalarType.Float64).item<double>();
        // Hardswish makes values of both signs: where no product in a window is positive, ZPlus passes nothing on.
        var withoutPositivePart =
            name == "mobilenet_v3_small"
                ? report
                    .Layers.Where(layer => layer.Rule.StartsWith("ZPlus", StringComparison.Ordinal))
                    .Sum(layer => layer.Lost)
                : 0;
        var within = Math.Abs(explained) * (type == ScalarType.Float64 ? 1e-5 : 1e-3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.ModelOutput, Is.EqualTo(explained).Within(within));
            Assert.That(
                input.grad!.to(ScalarType.Float64).sum().item<double>() + withoutPositivePart,
                Is.EqualTo(explained).Within(within)
            );
            Assert.That(report.LostElsewhere, Is.Zero.Within(within));
        }
    }

    /// <summary>Random weights, and nothing that is added to a layer's output.</summary>
    private static nn.Module<Tensor, Tensor> WithoutBiases(nn.Module<Tensor, Tensor> model, ScalarType type)
    {
        model.to(type);
        model.eval();
        using var constant = no_grad();
        foreach (var module in model.modules())
        {
            foreach (var (name, parameter) in module.named_parameters(false))
            {
                if (name == "bias")
                {
                    parameter.zero_();
                }
                else if (module is BatchNorm)
                {
                    parameter.uniform_(0.5, 1.5);
                }
                else
                {
                    // Wide enough that the signal lasts through the depthwise convolutions of mobile networks.
                    parameter.normal_(0, Math.Sqrt(8.0 * parameter.shape[0] / parameter.numel()));
                }
            }

            if (module is BatchNorm norm)
            {
                norm.running_mean!.zero_();
                norm.running_var!.uniform_(0.5, 1.5);
            }
        }

        return model;
    }
}
