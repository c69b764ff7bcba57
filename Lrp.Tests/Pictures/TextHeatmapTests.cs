using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>Relevance of words, for a page and for a terminal.</summary>
[TestFixture]
public sealed class TextHeatmapTests
{
    private static readonly string[] Tokens = ["not", " <bad>"];

    [Test]
    public void EachTokenStandsOnItsColourWithItsNumberAsTitle()
    {
        var html = TextHeatmap.ToHtml(Tokens, [1.5, -1.5]);
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Contain("title=\"1.5\" style=\"background:#ff0000"));
            Assert.That(html, Does.Contain("title=\"-1.5\" style=\"background:#0000ff"));
        });
    }

    [Test]
    public void MarkupInATokenStaysText() =>
        Assert.That(TextHeatmap.ToHtml(Tokens, [0, 0]), Does.Contain(" &lt;bad&gt;"));

    [Test]
    public void ATerminalGets24BitColoursAndItsOwnBack() =>
        Assert.That(
            TextHeatmap.ToAnsi(["a"], [1.0]),
            Is.EqualTo("\u001b[48;2;255;0;0m\u001b[38;2;255;255;255ma\u001b[0m")
        );

    [Test]
    public void ATokenCannotCommandTheTerminal() =>
        Assert.That(TextHeatmap.ToAnsi(["\u001b[2Ja"], [0.0]).Split("m[2Ja"), Has.Length.EqualTo(2));

    [Test]
    public void AsManyNumbersAsTokensAreAskedFor() =>
        Assert.That(
            () => TextHeatmap.ToHtml(Tokens, [1.0]),
            Throws.ArgumentException.With.Message.Contains("2 tokens and 1 relevances")
        );
}
