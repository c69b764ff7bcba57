using System.Globalization;
using System.Text.RegularExpressions;
using Lrp.Pictures;

namespace Lrp.Tests.Examples;

/// <summary>The example that looks for faces.</summary>
[TestFixture]
public sealed partial class FaceExampleTests
{
    [Test]
    public void TheDrawnFaceIsFoundAndItsDotsAndItsLineAreTheEvidence()
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("ExplainFaces", folder.Path, "--out", ".");
        Assert.That(run.ExitCode, Is.Zero, run.Error);

        // The disc with a face has its centre at (130, 100) and a radius of 38 pixels.
        var (side, left, top) = Numbers(Found().Match(run.Output)) is [var a, var b, var c] ? (a, b, c) : default;
        Assert.That(side, Is.InRange(60, 100), run.Output);
        Assert.That(left + (side / 2), Is.EqualTo(130).Within(12), run.Output);
        Assert.That(top + (side / 2), Is.EqualTo(100).Within(12), run.Output);
        var shares = Numbers(Shares().Match(run.Output));
        Assert.That(shares[0], Is.GreaterThan(2 * shares[1]), run.Output);
        Assert.That(Picture.Load(folder.Of("explain-faces.png")).Width, Is.GreaterThan(4 * 48 * 6));
    }

    [Test]
    public void WhatIsMissingOrNoPictureIsRefusedInOneSentence()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of("text.png"), "This is a text.");
        new Picture(30, 30).Save(folder.Of("grey.png"));
        Refused("--photo is missing", ".");
        Refused("FOLDER", "--photo", "grey.png");
        Refused("pnet.pt", ".", "--photo", "grey.png");
        Refused("'text.png'", ".", "--photo", "text.png");
        Refused("none.png", ".", "--photo", "none.png");

        void Refused(string named, params string[] arguments) =>
            ArgumentTests.Refused(ProgramRun.Of("ExplainFaces", folder.Path, arguments), named);
    }

    private static double[] Numbers(Match match) =>
        [
            .. match
                .Groups.Cast<Group>()
                .Skip(1)
                .Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture)),
        ];

    [GeneratedRegex(@"There is a face: (\d+) x \d+ at \((\d+), (\d+)\)")]
    private static partial Regex Found();

    [GeneratedRegex(@"(\d+) ?% of the evidence.*which are (\d+) ?% of the window")]
    private static partial Regex Shares();
}
