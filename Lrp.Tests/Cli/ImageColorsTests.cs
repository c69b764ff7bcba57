using System.Text.Json;
using Lrp.Checkpoints;
using Lrp.Cli.Images;
using Lrp.Pictures;
using Lrp.Tests.Examples;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Cli;

/// <summary>How <c>lrp explain</c> turns colours into numbers for published weights.</summary>
[TestFixture]
public sealed class ImageColorsTests
{
    private static readonly ImageFormat ImageNet = new(224, 224);

    [Test]
    public void GoogLeNetIsExplainedForTheNumbersToWhichTorchvisionScalesColours()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var network = torchvision.models.googlenet(num_classes: 3, transform_input: true);
        network.eval();
        var weights = network.state_dict().ToDictionary(entry => $"module.{entry.Key}", entry => entry.Value);

        // The published file has the classifiers of the training too.
        weights.Add("module.aux1.fc2.bias", zeros(3));
        weights.Add("module.aux2.conv.conv.weight", zeros(128, 528, 1, 1));
        SafetensorsFile.Save(folder.Of("googlenet.safetensors"), weights);
        File.WriteAllLines(folder.Of("classes.txt"), ["a", "b", "c"]);
        var photo = Photo(folder);
        var expected = network.call(ImageNet.ToTensor(ImageNet.Load(photo)))[0, 1].item<float>();

        var run = CommandRun.Of([
            "explain",
            "--model",
            "googlenet",
            "--weights",
            folder.Of("googlenet.safetensors"),
            "--image",
            photo,
            "--target",
            "b",
            "--method",
            "gradient-times-input",
            "--json",
        ]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.That(
            json.RootElement.GetProperty("score").GetDouble(),
            Is.EqualTo(expected).Within(1e-4 * Math.Abs(expected))
        );
    }

    [TestCase("""{ "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6] }""", 0.1, 0.4)]
    [TestCase("""{ "image_mean": 0.1, "image_std": 0.4, "rescale_factor": null }""", 0.1, 0.4)]
    [TestCase("""{ "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6], "do_normalize": false }""", 0, 1)]
    [TestCase("""{ "do_rescale": true, "do_normalize": true }""", 0.5, 0.5)]
    [TestCase("""{ "image_mean": 127.5, "image_std": 51, "do_rescale": false }""", 0.5, 0.2)]
    [TestCase("""{ "image_mean": 1, "image_std": 1, "rescale_factor": 0.00784313725490196 }""", 0.5, 0.5)]
    public void AFoldersFileSaysWhatIsSubtractedAndWhatDivides(string file, double mean, double deviation)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of(FolderColors.FileName), file);
        var colors = FolderColors.Of(folder.Path);
        Assert.That(colors!.Value.Mean[0], Is.EqualTo(mean).Within(1e-12));
        Assert.That(colors.Value.Deviation[0], Is.EqualTo(deviation).Within(1e-12));
    }

    [TestCase("""{ "image_std": [0, 1, 1] }""", "image_std")]
    [TestCase("""{ "image_mean": [0.5] , "do_rescale": "yes" }""", "preprocessor_config.json")]
    [TestCase("""{ "image_mean": [0.5, 0.5] }""", "3 colours")]
    [TestCase("[", "preprocessor_config.json")]
    public void AFileThatSaysNothingUsableIsRefused(string file, string word)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of(FolderColors.FileName), file);
        Assert.That(
            () => FolderColors.Of(folder.Path),
            Throws.Exception.With.Message.Contains(word).And.Message.Contains("--mean")
        );
    }

    [Test]
    public void AFolderWithoutTheFileIsRefusedUnlessTheUserSaysIt()
    {
        using var folder = new TemporaryFolder();
        using (var scope = NewDisposeScope())
        {
            WriteTransformer(folder);
        }

        string[] explain = ["explain", "--model", folder.Path, "--image", Photo(folder)];
        CommandRun.Refused(explain, "preprocessor_config.json", "--mean");
        var run = CommandRun.Of([.. explain, "--mean", "0,0,0", "--std", "1,1,1"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }

    private static string Photo(TemporaryFolder folder)
    {
        var picture = new Picture(60, 40, Rgb.Hex(0x4080c0));
        picture.Paste(new Picture(12, 12, Rgb.Hex(0xff2010)), 20, 10);
        picture.Save(folder.Of("photo.png"));
        return folder.Of("photo.png");
    }

    /// <summary>A ViT without blocks' depth: one block of four features.</summary>
    private static void WriteTransformer(TemporaryFolder folder)
    {
        File.WriteAllText(
            folder.Of("config.json"),
            """
            {
              "architectures": ["ViTForImageClassification"], "image_size": 8, "patch_size": 4, "hidden_size": 4,
              "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 4
            }
            """
        );
        const string Block = "vit.encoder.layer.0.";
        (string Name, long[] Shape)[] shapes =
        [
            ("vit.embeddings.cls_token", [1, 1, 4]),
            ("vit.embeddings.position_embeddings", [1, 5, 4]),
            ("vit.embeddings.patch_embeddings.projection.weight", [4, 3, 4, 4]),
            ("vit.embeddings.patch_embeddings.projection.bias", [4]),
            .. new[]
            {
                $"{Block}attention.attention.query",
                $"{Block}attention.attention.key",
                $"{Block}attention.attention.value",
                $"{Block}attention.output.dense",
                $"{Block}intermediate.dense",
                $"{Block}output.dense",
            }.SelectMany(name => new[] { ($"{name}.weight", new long[] { 4, 4 }), ($"{name}.bias", [4]) }),
            .. new[] { $"{Block}layernorm_before", $"{Block}layernorm_after", "vit.layernorm" }.SelectMany(name =>
                new[] { ($"{name}.weight", new long[] { 4 }), ($"{name}.bias", [4]) }
            ),
            ("classifier.weight", [2, 4]),
            ("classifier.bias", [2]),
        ];
        SafetensorsFile.Save(
            folder.Of("model.safetensors"),
            shapes.ToDictionary(entry => entry.Name, entry => randn(entry.Shape))
        );
    }
}
