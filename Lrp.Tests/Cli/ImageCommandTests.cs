using System.Text.Json;
using Lrp.Checkpoints;
using Lrp.Cli.Images;
using Lrp.Models.Vision;
using Lrp.Pictures;
using Lrp.Tests.Examples;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Cli;

/// <summary><c>lrp explain</c> and <c>lrp compare</c> on a photograph.</summary>
[TestFixture]
public sealed class ImageCommandTests
{
    private const string Network = "efficientnet_lite0";
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void Save()
    {
        _folder = new TemporaryFolder();
        manual_seed(1);
        using var network = VisionModel.Create(Network, classes: 3);
        network.SaveSafetensors(_folder.Of("weights.safetensors"));
        File.WriteAllLines(_folder.Of("classes.txt"), ["cat", "dog", "sand"]);
        var photo = new Picture(60, 40, Rgb.Hex(0x808080));
        photo.Paste(new Picture(12, 12, Rgb.Hex(0xff2010)), 20, 10);
        photo.Save(_folder.Of("photo.png"));
    }

    [OneTimeTearDown]
    public void Free() => _folder.Dispose();

    [Test]
    public void ThePhotographAndTheMapOfTheClassAreSaved()
    {
        var run = Explain("--target", "dog", "--out", _folder.Of("why.png"));
        using var all = Assert.EnterMultipleScope();
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("“dog”").And.Contain("epsilon-plus-flat"));
        Assert.That(Picture.Load(_folder.Of("why.png")).Width, Is.GreaterThan(2 * 32));
    }

    [Test]
    public void TheRelevanceOfADifferenceIsThatOfTheOneWithoutThatOfTheOther()
    {
        string[] method = ["--method", "gradient-times-input"];
        var one = RelevanceOf([.. method, "--target", "cat"]);
        var other = RelevanceOf([.. method, "--target", "1"]);
        var both = RelevanceOf([.. method, "--target", "cat", "--against", "dog"]);
        var largest = one.Max(Math.Abs);
        Assert.That(both, Is.EqualTo(one.Zip(other, (a, b) => a - b)).Within(1e-4 * largest));
    }

    [Test]
    public void ALayersMapHasTheSizeOfItsOutput()
    {
        using var json = JsonDocument.Parse(Explain("--layer", "_conv_head", "--json").Output);
        Assert.That(json.RootElement.GetProperty("height").GetInt32(), Is.EqualTo(1));
        Assert.That(json.RootElement.GetProperty("layer").GetString(), Is.EqualTo("_conv_head"));
    }

    [Test]
    public void AComparisonIsAPageWithMapsCurvesAndCorrelations()
    {
        var path = _folder.Of("compare.html");
        var run = CommandRun.Of(["compare", .. Photo, "--methods", "epsilon-plus,gradient", "--out", path]);
        using var all = Assert.EnterMultipleScope();
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("faithfulness").And.Not.Contain("Spearman"));
        Assert.That(File.ReadAllText(path), Does.Contain("epsilon-plus").And.Contain("<svg").And.Contain("Spearman"));
    }

    [Test]
    public void WithoutAFileTheTerminalHasMapsCurvesAndCorrelations()
    {
        var run = CommandRun.Of(["compare", .. Photo, "--methods", "gradient-times-input,gradient"]);
        Assert.That(run.Output, Does.Contain("Deletion:").And.Contain("Insertion:").And.Contain("Spearman's ρ"));
    }

    [TestCaseSource(nameof(Methods))]
    public void EveryMethodExplainsOrSaysForWhichNetworksItIs(string method)
    {
        var needed = method switch
        {
            "attnlrp" or "cp-lrp" => "attention",
            "guided-backprop" or "deconvnet" or "beta-smooth" => "ReLU",
            _ => null,
        };
        if (needed is not null)
        {
            CommandRun.Refused(["explain", .. Photo, "--method", method], method, needed);
            return;
        }

        Assert.That(RelevanceOf("--method", method), Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void ANetworkOfTorchVisionIsExplainedFromItsWeights()
    {
        using (var network = torchvision.models.resnet18(num_classes: 3))
        {
            network.SaveSafetensors(_folder.Of("resnet18.safetensors"));
        }

        string[] model = ["--model", "resnet18", "--weights", _folder.Of("resnet18.safetensors"), "--size", "32"];
        var run = CommandRun.Of([
            "explain",
            .. model,
            "--image",
            _folder.Of("photo.png"),
            "--target",
            "sand",
            "--json",
        ]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.That(json.RootElement.GetProperty("target").GetString(), Is.EqualTo("sand"));
    }

    [Test]
    public void AnOnnxFileIsAskedForTheShapeOfItsInput() =>
        CommandRun.Refused(
            ["explain", "--model", OnnxFile("mlp-matmul_3d"), "--image", _folder.Of("photo.png")],
            "N × 3 × H × W"
        );

    [Test]
    public void AnOnnxFileWithAnImageAsItsInputIsExplained()
    {
        var run = CommandRun.Of(
            "explain",
            "--model",
            OnnxFile("cnn-plain"),
            "--image",
            _folder.Of("photo.png"),
            "--json"
        );
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.That(
            json.RootElement.GetProperty("predictions")[0].GetProperty("label").GetString(),
            Does.Match("class \\d")
        );
    }

    [TestCase("--std", "0,0,0", "above 0")]
    [TestCase("--mean", "1,2", "three numbers")]
    [TestCase("--layer", "_conv_hed", "'_conv_head'")]
    [TestCase("--target", "5", "0 to 2")]
    public void AnOptionThatCannotBeUsedIsNamedWithWhatCan(string option, string value, string remedy) =>
        CommandRun.Refused(["explain", .. Photo, option, value], value, remedy);

    [TestCase("0", "1 to 4096")]
    [TestCase("-3", "1 to 4096")]
    [TestCase("100000", "1 to 4096")]
    [TestCase("abc", "a whole number")]
    public void ASizeThatNoImageHasIsRefused(string size, string remedy) =>
        CommandRun.Refused(["explain", .. Photo[..^1], size], "--size", size, remedy);

    [Test]
    public void ATargetAgainstItselfIsRefused() =>
        CommandRun.Refused(["explain", .. Photo, "--target", "cat", "--against", "cat"], "'cat'");

    [Test]
    public void AnOptionForTextsIsRefused() =>
        CommandRun.Refused(["explain", .. Photo, "--against-text", "a"], "--against-text");

    [Test]
    public void WeightsOfAnotherArchitectureAreToldWithoutAdviceForPrograms()
    {
        var run = CommandRun.Of(["explain", "--model", "resnet18", .. Photo[2..]]);
        using var all = Assert.EnterMultipleScope();
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("another architecture").And.Not.Contain("strict"));
    }

    [Test]
    public void AnArchitectureThatIsMisspelledIsAnsweredWithSimilarOnes() =>
        CommandRun.Refused(["explain", "--model", "EfficientNet_Lite0", .. Photo[2..]], "efficientnet_lite0");

    [Test]
    public void WhatDoesNotArriveIsTold()
    {
        var run = Explain("--method", "epsilon-plus", "--json");
        using var json = JsonDocument.Parse(run.Output);
        var (sum, score) = (
            json.RootElement.GetProperty("sum").GetDouble(),
            json.RootElement.GetProperty("score").GetDouble()
        );
        Assert.That(run.Error.Contains("adds up to"), Is.EqualTo(Math.Abs(sum) < 0.1 * Math.Abs(score)));
    }

    [Test]
    public void MethodsThatAreNotNamedAreRefused() =>
        CommandRun.Refused(["compare", .. Photo, "--methods", ""], "--methods");

    [Test]
    public void AFileThatCannotBeWrittenIsRefusedBeforeAnythingIsComputed()
    {
        var path = Path.Combine(_folder.Of("photo.png"), "why.html");
        CommandRun.Refused(["explain", .. Photo, "--target", "nope", "--out", path], path, "cannot be written");
    }

    private static IEnumerable<string> Methods => ImageMethods.All.Select(method => method.Name);

    private string[] Photo =>
        [
            "--model",
            Network,
            "--weights",
            _folder.Of("weights.safetensors"),
            "--image",
            _folder.Of("photo.png"),
            "--size",
            "32",
        ];

    private static string OnnxFile(string name) =>
        Path.Combine(AppContext.BaseDirectory, "Golden", "onnx-files", $"{name}.onnx");

    private double[] RelevanceOf(params string[] more)
    {
        var run = Explain([.. more, "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        return
        [
            .. json
                .RootElement.GetProperty("relevance")
                .EnumerateArray()
                .SelectMany(row => row.EnumerateArray())
                .Select(value => value.GetDouble()),
        ];
    }

    private CommandRun Explain(params string[] more) => CommandRun.Of(["explain", .. Photo, .. more]);
}
