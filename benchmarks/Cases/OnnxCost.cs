using System.Globalization;
using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>
/// The cost of EpsilonPlus for ResNet18 in an ONNX file, relative to the same explanation of TorchVision's module: with
/// the same weights, batch normalisations merged in both, registered and taken off again each time.
/// </summary>
internal sealed class OnnxCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "TorchVision's module";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lrp-bench");
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly OnnxModel _onnx;
    private readonly Tensor _images;
    private readonly CompositeAttributor _attributor;

    public OnnxCost()
    {
        manual_seed(0);
        _module = Networks.Named["resnet18"]();
        foreach (var parameter in _module.parameters())
        {
            parameter.requires_grad = false;
        }

        _module.eval();
        var norms = _module.named_modules().Where(entry => entry.module is BatchNorm2d).Select(entry => entry.name);
        var merged = new NamedMergeBatchNorm([.. norms.Select(norm => (ConvolutionBefore(norm), norm))]);
        _attributor = new CompositeAttributor(Presets.EpsilonPlus(canonizers: merged));
        _onnx = OnnxModel.Load(OnnxNetworks.ResNet18(_module, Path.Combine(_folder.FullName, "resnet18.onnx")));
        _images = randn(1, 3, 224, 224);
    }

    public Visit Open(string name) => new(() => Explain(name).Dispose());

    public string? Note(string name)
    {
        if (name == Plain)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        using var expected = Explain(Plain);
        using var found = Explain(name);
        var difference = found.Relevance.sub(expected.Relevance).abs().max().div(expected.Relevance.abs().max());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"differs by {difference.item<float>():E0} of the largest relevance"
        );
    }

    public void Dispose()
    {
        _images.Dispose();
        _onnx.Dispose();
        _module.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string ConvolutionBefore(string norm) =>
        norm.EndsWith("downsample.1", StringComparison.Ordinal)
            ? $"{norm[..^1]}0"
            : norm.Replace("bn", "conv", StringComparison.Ordinal);

    private AttributionResult Explain(string name) =>
        name == Plain
            ? _attributor.Attribute(_module, _images, Target.Class(1))
            : _onnx.Explain(_images, Presets.EpsilonPlus(), Target.Class(1));
}
