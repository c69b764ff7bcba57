using System.Globalization;
using System.Text.RegularExpressions;
using Lrp.Checkpoints;
using Lrp.Models.Vision;
using Lrp.Tests.Models.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Vision;

/// <summary>
/// A Swin as the Hugging Face hub has it is torchvision's Swin with the same numbers under other names.
/// </summary>
[TestFixture]
public sealed partial class HuggingFaceSwinTests
{
    private const string Config = """
        {
          "architectures": ["SwinForImageClassification"], "model_type": "swin", "image_size": 24, "patch_size": 2,
          "num_channels": 3, "embed_dim": 6, "depths": [2, 2], "num_heads": [2, 3], "window_size": 4, "mlp_ratio": 2.0,
          "qkv_bias": true, "hidden_act": "gelu", "use_absolute_embeddings": false, "layer_norm_eps": 1e-05,
          "id2label": { "0": "cat", "1": "dog", "2": "tree" }
        }
        """;

    /// <summary>12 × 12 positions in windows of 4, then 6 × 6, which are padded.</summary>
    [Test]
    public void LogitsAndRelevanceAreThoseOfTorchvision()
    {
        using var scope = NewDisposeScope();
        using var torchvision = Torchvision();
        using var folder = Folder(torchvision, Config);
        using var network = SwinTransformer.Load(folder.FullPath, ScalarType.Float64);
        var image = randn(2, 3, 24, 24, ScalarType.Float64);
        var (expected, expectedRelevance) = Explained(torchvision, image);
        var (logits, relevance) = Explained(network, image);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(PlainNetwork.Distance(logits, expected), Is.LessThan(1e-12), "logits");
            Assert.That(PlainNetwork.Distance(relevance, expectedRelevance), Is.LessThan(1e-9), "relevance");
            Assert.That(network.Labels, Is.EqualTo(new[] { "cat", "dog", "tree" }));
            Assert.That(network.ImageSize, Is.EqualTo(24));
        }
    }

    [Test]
    public void AFolderIsLoadedByItsArchitecture()
    {
        using var torchvision = Torchvision();
        using var folder = Folder(torchvision, Config);
        using var network = VisionModel.LoadFolder(folder.FullPath);
        Assert.That(network, Is.TypeOf<SwinTransformer>());
    }

    /// <summary>Rules for linear layers match all that Hugging Face has as linear layers.</summary>
    [Test]
    public void TheProjectionsOfAttentionAreLinearLayers()
    {
        using var torchvision = Torchvision();
        using var folder = Folder(torchvision, Config);
        using var network = SwinTransformer.Load(folder.FullPath);
        const string Attention = "features.1.0.attn.";
        var linear = network.named_modules().Where(entry => entry.module is TorchSharp.Modules.Linear);
        Assert.That(
            linear.Select(entry => entry.name).Where(name => name.StartsWith(Attention, StringComparison.Ordinal)),
            Is.EquivalentTo(new[] { "query", "key", "value", "proj" }.Select(part => Attention + part))
        );
    }

    /// <summary>Both directions are shifted or none, which torchvision decides for each.</summary>
    [Test]
    public void AnImageThatIsNoSquareOrThatPatchesDoNotDivideIsRefused()
    {
        using var torchvision = Torchvision();
        using var folder = Folder(torchvision, Config);
        using var network = SwinTransformer.Load(folder.FullPath);
        using var image = randn(1, 3, 24, 12);
        using var odd = randn(1, 3, 25, 25);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => network.call(image),
                Throws.ArgumentException.With.Message.Contains("square images").And.Message.Contains("24 × 12")
            );
            Assert.That(() => network.call(odd), Throws.ArgumentException.With.Message.Contains("multiples of 2"));
        }
    }

    [TestCase("\"use_absolute_embeddings\": false", "\"use_absolute_embeddings\": true", "use_absolute_embeddings")]
    [TestCase("1e-05", "1e-12", "layer_norm_eps")]
    [TestCase("SwinForImageClassification", "Swinv2ForImageClassification", "Swinv2ForImageClassification")]
    [TestCase("\"gelu\"", "\"telu\"", "telu")]
    public void WhatIsNotSupportedIsRefusedByName(string from, string to, string named)
    {
        using var torchvision = Torchvision();
        using var folder = Folder(torchvision, Config.Replace(from, to, StringComparison.Ordinal));
        Assert.That(
            () => VisionModel.LoadFolder(folder.FullPath),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains(named)
        );
    }

    [TestCase("\"patch_size\": 2", "\"patch_size\": 0", "'patch_size' 0")]
    [TestCase("\"patch_size\": 2", "\"patch_size\": 5", "patches of 5 × 5")]
    [TestCase("\"embed_dim\": 6", "\"embed_dim\": 1000000000", "'embed_dim' 1000000000")]
    [TestCase("\"num_channels\": 3", "\"num_channels\": 0", "'num_channels' 0")]
    [TestCase("\"image_size\": 24", "\"image_size\": -3", "'image_size' -3")]
    [TestCase("\"num_heads\": [2, 3]", "\"num_heads\": [0, 3]", "'num_heads' 0")]
    [TestCase("\"num_heads\": [2, 3]", "\"num_heads\": [4, 3]", "4 heads")]
    [TestCase("\"depths\": [2, 2]", "\"depths\": [2, -1]", "'depths' -1")]
    [TestCase("\"depths\": [2, 2]", "\"depths\": [2, \"x\"]", "a list of whole numbers")]
    [TestCase("\"depths\": [2, 2]", "\"depths\": [2, 2.5]", "a list of whole numbers")]
    [TestCase("\"depths\": [2, 2]", "\"depths\": \"two\"", "a list of whole numbers")]
    [TestCase("\"depths\": [2, 2]", "\"depths\": []", "0 stages")]
    [TestCase("\"mlp_ratio\": 2.0", "\"mlp_ratio\": 0", "mlp_ratio")]
    [TestCase("\"0\": \"cat\"", "\"5\": \"cat\"", "none with the number 0")]
    public void ASizeThatNoNetworkHasIsRefusedWithItsName(string from, string to, string named)
    {
        using var torchvision = Torchvision();
        using var folder = Folder(torchvision, Config.Replace(from, to, StringComparison.Ordinal));
        Assert.That(
            () => VisionModel.LoadFolder(folder.FullPath),
            Throws.TypeOf<FormatException>().With.Message.Contains(named).And.Message.Contains("config.json")
        );
    }

    [Test]
    public void AMissingTensorIsNamed()
    {
        using var torchvision = Torchvision();
        using var folder = Folder(torchvision, Config.Replace("[2, 2]", "[2, 3]", StringComparison.Ordinal));
        Assert.That(
            () => SwinTransformer.Load(folder.FullPath),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("features.3.2.norm1.weight")
        );
    }

    private static SwinTransformer Torchvision()
    {
        manual_seed(0);
        var network = new SwinTransformer(
            new SwinOptions
            {
                PatchSize = (2, 2),
                EmbedSize = 6,
                Depths = [2, 2],
                Heads = [2, 3],
                WindowSize = (4, 4),
                MlpRatio = 2,
                Classes = 3,
            }
        );
        network.to(ScalarType.Float64);
        network.eval();
        using var off = no_grad();
        foreach (var parameter in network.parameters())
        {
            parameter.normal_(0, 0.4);
        }

        return network;
    }

    private static (Tensor Logits, Tensor Relevance) Explained(SwinTransformer network, Tensor image)
    {
        var input = image.clone().requires_grad_();
        using var registration = VisionPresets.AttnLrp().Register(network);
        var logits = network.call(input);
        logits.select(1, 1).sum().backward();
        return (logits, input.grad!);
    }

    /// <summary>The network's numbers under the names that Hugging Face gives them.</summary>
    private static MadeFolder Folder(SwinTransformer network, string config)
    {
        var weights = new Dictionary<string, Tensor>();
        foreach (var (name, tensor) in network.state_dict())
        {
            if (name.Contains(".qkv.", StringComparison.Ordinal))
            {
                var parts = tensor.detach().chunk(3, 0);
                foreach (var (part, k) in new[] { "query", "key", "value" }.Select((part, k) => (part, k)))
                {
                    var own = name.Replace("qkv", part, StringComparison.Ordinal);
                    weights[HubName(own)] = parts[k].contiguous();
                }
            }
            else
            {
                weights[HubName(name)] = tensor.detach();
            }
        }

        return new MadeFolder(config, weights);
    }

    private static string HubName(string name)
    {
        var stage = Stage().Match(name);
        if (!stage.Success)
        {
            return name switch
            {
                _ when name.StartsWith("norm.", StringComparison.Ordinal) => $"swin.layernorm.{name[5..]}",
                _ when name.StartsWith("head.", StringComparison.Ordinal) => $"classifier.{name[5..]}",
                _ => throw new ArgumentException(name),
            };
        }

        var (place, rest) = (int.Parse(stage.Groups[1].Value, CultureInfo.InvariantCulture), name[stage.Length..]);
        if (place == 0)
        {
            return rest.StartsWith("0.", StringComparison.Ordinal)
                ? $"swin.embeddings.patch_embeddings.projection.{rest[2..]}"
                : $"swin.embeddings.norm.{rest[2..]}";
        }

        if (place % 2 == 0)
        {
            return $"swin.encoder.layers.{(place / 2) - 1}.downsample.{rest}";
        }

        foreach (
            var (from, to) in new[]
            {
                (".norm1.", ".layernorm_before."),
                (".norm2.", ".layernorm_after."),
                (".attn.proj.", ".attention.output.dense."),
                (".attn.", ".attention.self."),
                (".mlp.0.", ".intermediate.dense."),
                (".mlp.3.", ".output.dense."),
            }
        )
        {
            rest = rest.Replace(from, to, StringComparison.Ordinal);
        }

        return $"swin.encoder.layers.{place / 2}.blocks.{rest}";
    }

    [GeneratedRegex(@"^features\.(\d+)\.")]
    private static partial Regex Stage();
}
