using System.Globalization;
using System.Text.RegularExpressions;

namespace Lrp.Tests.Examples;

/// <summary>The examples for ONNX files, with their own networks and with files that they are given.</summary>
[TestFixture]
public sealed partial class OnnxExampleTests
{
    [Test]
    public void WithoutAFileADigitIsExplained()
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("ExplainOnnx", folder.Path, "--out", ".");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("19.729").And.Contain("1 × 1 × 28 × 28"));
        Assert.That(
            Directory.GetFiles(folder.Path).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "digits.onnx", "explain-onnx.png", "explain-onnx.html", "explain-onnx.json" })
        );
    }

    [Test]
    public void APictureAnArrayAndJsonAreInputs()
    {
        using var folder = new TemporaryFolder();
        Assert.That(ProgramRun.Of("ExplainOnnx", folder.Path, "--out", ".").ExitCode, Is.Zero);
        var row = $"[{string.Join(", ", Enumerable.Repeat("0.5", 28))}]";
        File.WriteAllText(folder.Of("x.json"), $"[[[{string.Join(", ", Enumerable.Repeat(row, 28))}]]]");
        File.WriteAllBytes(folder.Of("x.npy"), Npy());
        foreach (var input in new[] { ("--image", "explain-onnx.png"), ("--npy", "x.npy"), ("--json", "x.json") })
        {
            string[] arguments = ["digits.onnx", input.Item1, input.Item2, "--mean", "0,0,0", "--deviation", "1,1,1"];
            var run = ProgramRun.Of("ExplainOnnx", folder.Path, [.. arguments, "--out", "out"]);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Output, Does.Contain("1 × 1 × 28 × 28"), input.Item1);
        }
    }

    [Test]
    public void InputsThatDoNotFitAreRefusedInOneSentence()
    {
        using var folder = new TemporaryFolder();
        Assert.That(ProgramRun.Of("ExplainOnnx", folder.Path, "--out", ".").ExitCode, Is.Zero);
        File.WriteAllText(folder.Of("x.json"), "[[1, 2], [3]]");
        ArgumentTests.Refused(Run("--json", "x.json"), "1 entries");
        ArgumentTests.Refused(Run("--tokens", "1,2"), "whole numbers");
        ArgumentTests.Refused(Run("--tokens", "1,b"), "'b'");
        ArgumentTests.Refused(Run("--npy", "x.json"), "NumPy");
        ArgumentTests.Refused(Run(), "--image");
        ArgumentTests.Refused(ProgramRun.Of("ExplainOnnx", folder.Path, "none.onnx", "--tokens", "1"), "none.onnx");

        ProgramRun Run(params string[] arguments) =>
            ProgramRun.Of("ExplainOnnx", folder.Path, ["digits.onnx", .. arguments]);
    }

    [Test]
    public void MlNetAndTheExplanationHaveTheSameScore()
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("ExplainMlNet", folder.Path, "--out", ".");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var scores = run
            .Output.Split('\n')
            .Where(line => line.Contains("score", StringComparison.Ordinal))
            .Select(line => line.TrimEnd('.', '\r').Split(' ')[^1])
            .ToList();
        Assert.That(scores, Has.Count.EqualTo(2));
        Assert.That(scores[1], Is.EqualTo(scores[0]));
        Assert.That(run.Output, Does.Contain("says 7"));
        Assert.That(File.Exists(folder.Of("explain-mlnet.png")));
    }

    [Test]
    public void AKittenIsMoreLikeACatThanSunlightIs()
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("ExplainSentences", folder.Path, "--out", ".");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var scores = Score()
            .Matches(run.Output)
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
            .ToList();
        Assert.That(scores, Has.Count.EqualTo(2));
        Assert.That(scores[0], Is.GreaterThan(2 * scores[1]));
        Assert.That(File.Exists(folder.Of("explain-sentences.html")));
    }

    [GeneratedRegex(@"score (0\.\d+)")]
    private static partial Regex Score();

    /// <summary>An array of float32 of (1, 1, 28, 28) as NumPy saves it.</summary>
    private static byte[] Npy()
    {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 28, 28), }\n"u8.ToArray();
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new byte[4 * 28 * 28]];
    }
}
