using System.Text.Json;
using ExplainSpeech;
using Lrp.Checkpoints;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden.RealModels;

/// <summary>
/// Published models with the weights that somebody else trained: the folder of a case lies in the model's folder.
/// </summary>
public sealed class RealModelRunner : IGoldenRunner
{
    private static readonly string[] Methods = ["Epsilon", "EpsilonPlus", "EpsilonAlpha2Beta1", "GradientTimesInput"];

    public IReadOnlyCollection<string> Kinds => [GoldenCase.RealModel];

    public void Run(GoldenCase golden)
    {
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(golden.Path)!)!;
        if (golden.Descriptor.TryGetProperty("names", out _))
        {
            RunSequence(golden, golden.Descriptor.GetProperty("layers"), Directory.GetFiles(folder, "*.p*t*"));
        }
        else if (golden.Has("input_ids_b"))
        {
            SentenceCase.Run(golden, folder);
        }
        else if (golden.Has("h"))
        {
            RunSpeech(golden, folder);
        }
        else if (golden.Has("pixels"))
        {
            RunPhoto(golden, Directory.GetFiles(folder, "*.pth").Single());
        }
        else
        {
            throw new NotSupportedException($"There is no network for {golden.Path}.");
        }
    }

    /// <summary>CREPE, and the three networks of MTCNN.</summary>
    private static void RunSequence(GoldenCase golden, JsonElement layers, string[] files)
    {
        var name = Path.GetFileNameWithoutExtension(golden.Path);
        var file = Array.Find(files, path => Path.GetFileNameWithoutExtension(path) == name) ?? files.Single();
        long[] permutation = golden.Has("input") && golden.Read("input").shape[1] == 1 ? [0, 2, 1, 3] : [0, 3, 2, 1];
        using var model = LayerText.Sequence(layers, golden.Descriptor.GetProperty("names"), permutation);
        model.to(ScalarType.Float64);
        model.eval();
        model.LoadCheckpoint(file, strict: false);
        var target = golden.Descriptor.GetProperty("target").GetInt64();
        foreach (var method in Methods)
        {
            using var scope = NewDisposeScope();
            using var registration = method == "GradientTimesInput" ? null : CompositeOf(method).Register(model);
            var input = golden.Read("input").requires_grad_();
            var logits = model.call(input);
            golden.AssertClose(logits, "logits");
            logits[0, target].backward();
            registration?.ThrowIfFaulted();
            golden.AssertClose(registration is null ? input.grad!.mul(input) : input.grad!, method);
        }
    }

    /// <summary>
    /// Epsilon takes batch norm as the affine layer that it is at inference, a merged one too, and the padding keeps
    /// its gradient.
    /// </summary>
    private static Composite CompositeOf(string method, params ICanonizer[] canonizers) =>
        method switch
        {
            "Epsilon" => new Composite(canonizers)
            {
                { LayerTypes.BatchNorm, LrpRule.TaylorAtInput() },
                Presets.Epsilon(),
            },
            "EpsilonAlpha2Beta1" => Presets.EpsilonAlpha2Beta1(canonizers: canonizers),
            _ => Presets.EpsilonPlus(canonizers: canonizers),
        };

    /// <summary>EfficientNet-Lite0 and a cat.</summary>
    private static void RunPhoto(GoldenCase golden, string file)
    {
        using var model = VisionModel.Load("efficientnet_lite0", file, dtype: ScalarType.Float64);
        var mean = tensor(new[] { 0.485, 0.456, 0.406 }).view(1, 3, 1, 1);
        var deviation = tensor(new[] { 0.229, 0.224, 0.225 }).view(1, 3, 1, 1);
        var image = (golden.Read("pixels").to(ScalarType.Float64) / 255 - mean) / deviation;
        var target = golden.Descriptor.GetProperty("target").GetInt64();
        using var all = Assert.EnterMultipleScope();
        foreach (var method in Methods.Append("EpsilonPlusUnmerged"))
        {
            using var scope = NewDisposeScope();
            ICanonizer[] canonizers = method == "EpsilonPlusUnmerged" ? [] : [new MergeBatchNorm()];
            var composite = CompositeOf(method, canonizers);
            using var registration = method == "GradientTimesInput" ? null : composite.Register(model);
            var input = image.clone().requires_grad_();
            var logits = model.call(input);
            golden.AssertClose(logits, "logits");
            logits[0, target].backward();
            registration?.ThrowIfFaulted();
            golden.AssertClose(registration is null ? input.grad!.mul(input) : input.grad!, method);
        }
    }

    /// <summary>Silero VAD, as the example has it.</summary>
    private static void RunSpeech(GoldenCase golden, string folder)
    {
        using var model = SpeechNetwork.Silero(folder);
        var input = golden.Read("input").requires_grad_();
        var logits = model.call(input);
        golden.AssertClose(logits, "logits");
        logits[0, -1].backward();
        golden.AssertClose(input.grad!, "gradient");
        golden.AssertClose(input.grad!.mul(input), "GradientTimesInput");
    }
}
