using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>Relevance of words, for a page and for a terminal.</summary>
[TestFixture]
public sealed class TextHeatmapTests
{
    private static readonly string[] Tokens = ["not", " <bad>"];

    [Test]
    public void Each_token_stands_on_its_colour_with_its_number_as_title()
    {
        string html = TextHeatmap.ToHtml(Tokens, [1.5, -1.5]);
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Contain("title=\"1.5\" style=\"background:#ff0000"));
            Assert.That(html, Does.Contain("title=\"-1.5\" style=\"background:#0000ff"));
        });
    }

    [Test]
    public void Markup_in_a_token_stays_text() => Assert.That(TextHeatmap.ToHtml(Tokens, [0, 0]), Does.Contain(" &lt;bad&gt;"));

    [Test]
    public void A_terminal_gets_24_bit_colours_and_its_own_back() =>
        Assert.That(TextHeatmap.ToAnsi(["a"], [1.0]), Is.EqualTo("\u001b[48;2;255;0;0m\u001b[38;2;255;255;255ma\u001b[0m"));

    [Test]
    public void A_token_cannot_command_the_terminal() =>
        Assert.That(TextHeatmap.ToAnsi(["\u001b[2Ja"], [0.0]).Split("m[2Ja"), Has.Length.EqualTo(2));

    [Test]
    public void As_many_numbers_as_tokens_are_asked_for() =>
        Assert.That(() => TextHeatmap.ToHtml(Tokens, [1.0]), Throws.ArgumentException.With.Message.Contains("2 tokens and 1 relevances"));
}
