using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Models.Methods;
using Lrp.Models.Vision;
using Lrp.Tests.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Vision;

/// <summary>Relevance in published networks for images, all of whose parts are modules.</summary>
[TestFixture]
public sealed class VisionRelevanceTests
{
    private static IEnumerable<string> Names => SmallNetworks.All.Keys;

    private static IEnumerable<string> Transformers => ["ConvNeXt", "ViT", "DeiT", "Swin"];

    [TestCaseSource(nameof(Transformers))]
    public void BothFormsGiveOneRelevance(string name)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Create(name);
        var image = SmallNetworks.Image();

        var explicitly = Explained(network, image, VisionPresets.AttnLrp(0.25, 0.1));
        var efficiently = Explained(network, image, VisionPresets.AttnLrp(0.25, 0.1, RelevanceForm.Efficient));

        Assert.That(Difference(explicitly, efficiently), Is.LessThan(1e-6));
    }

    [TestCaseSource(nameof(Transformers))]
    public void GradientTimesInputIsTheSameInBothForms(string name)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Create(name);
        var image = SmallNetworks.Image().requires_grad_();
        network.call(image).select(1, 2).sum().backward();
        var expected = image.grad!.mul(image).detach();

        foreach (var form in Enum.GetValues<RelevanceForm>())
        {
            var relevance = Explained(network, image.detach(), VisionPresets.GradientTimesInput(form));
            Assert.That(Difference(relevance, expected), Is.LessThan(1e-9), $"{form}");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void APresetNeedsNoInterceptionAndLeavesNoLayerOut(string name)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Create(name);
        var logger = new CollectingLogger();
        var image = SmallNetworks.Image().requires_grad_();
        using var registration = Presets.EpsilonPlusFlat(canonizers: new MergeBatchNorm()).Register(network, logger);

        network.call(image).sum().backward();

        Assert.That(logger.Warnings, Is.Empty);
        Assert.That(image.grad!.isfinite().all().ToBoolean());
    }

    [TestCaseSource(nameof(Names))]
    public void WithoutARegistrationTheGradientIsTheGradient(string name)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Create(name);
        var image = SmallNetworks.Image().requires_grad_();
        var direction = SmallNetworks.Image();
        const double Step = 1e-6;

        network.call(image).sum().backward();

        var slope = network.call(image + direction * Step).sum() - network.call(image - direction * Step).sum();
        var expected = slope.ToDouble() / (2 * Step);
        Assert.That((image.grad! * direction).sum().ToDouble(), Is.EqualTo(expected).Within(1e-3).Percent);
    }

    [TestCaseSource(nameof(Transformers))]
    public void LatentRelevanceIsReadAtTheBlocks(string name)
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Create(name);
        var image = SmallNetworks.Image().requires_grad_();
        using var registration = VisionPresets.AttnLrp().Register(network);
        var records = network.Blocks.Select(registration.Record).ToList();

        network.call(image).select(1, 2).sum().backward();

        Assert.That(records, Has.Count.GreaterThan(1));
        Assert.That(records.Select(record => record.Relevance!.abs().sum().ToDouble()), Is.All.Positive);
        records.ForEach(record => record.Dispose());
    }

    [Test]
    public void RelevanceOfScoresWithoutBiasesIsConservedByConstantAttention()
    {
        using var scope = NewDisposeScope();
        using var network = SmallNetworks.Create("ViT");
        using (no_grad())
        {
            foreach (var (key, parameter) in network.named_parameters())
            {
                if (key.EndsWith("bias", StringComparison.Ordinal) || key.Contains("pos_emb") || key == "class_token")
                {
                    parameter.zero_();
                }
            }
        }

        var image = SmallNetworks.Image().requires_grad_();
        using var registration = VisionPresets.CpLrp().Register(network);
        var score = network.call(image)[0, 2];

        score.backward();

        Assert.That(image.grad!.sum().ToDouble(), Is.EqualTo(score.ToDouble()).Within(1e-6).Percent);
    }

    [Test]
    public void ANegativeGammaIsRefused() =>
        Assert.That(() => VisionPresets.AttnLrp(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static Tensor Explained(VisionNetwork network, Tensor image, Composite composite)
    {
        var pixels = image.clone().requires_grad_();
        using var registration = composite.Register(network);
        network.call(pixels).select(1, 2).sum().backward();
        registration.ThrowIfFaulted();
        return pixels.grad!;
    }

    private static double Difference(Tensor left, Tensor right) =>
        ((left - right).abs().max() / right.abs().max()).ToDouble();
}
