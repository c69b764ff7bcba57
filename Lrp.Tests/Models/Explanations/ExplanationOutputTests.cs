using System.Text.Json;
using System.Text.RegularExpressions;
using Lrp.Models.Explanations;
using Lrp.Pictures;
using Lrp.Tests.Examples;

namespace Lrp.Tests.Models.Explanations;

/// <summary>Explanations in a terminal, as a page, as a picture and as JSON.</summary>
[TestFixture]
public sealed partial class ExplanationOutputTests
{
    private static readonly TextExplanation[] All =
    [
        SampleExplanations.English,
        SampleExplanations.Hebrew,
        SampleExplanations.Arabic,
        SampleExplanations.Japanese,
        SampleExplanations.Hostile,
    ];

    [TestCaseSource(nameof(All))]
    public void APageShowsTheWholeTextAsItWasTyped(TextExplanation explanation)
    {
        var text = TextPart().Match(explanation.ToHtml()).Groups[1].Value;
        var shown = System.Net.WebUtility.HtmlDecode(Tag().Replace(text, string.Empty));
        Assert.That(shown, Is.EqualTo("[CLS]" + explanation.Text.Replace('\u001b', '\u241b')));
    }

    [Test]
    public void APageLoadsNothingAndRunsNothingOfTheText()
    {
        var page = SampleExplanations.Hostile.ToHtml();
        Assert.That(page, Does.Not.Contain("<script>alert").And.Not.Contain("<img").And.Not.Contain("<b>t</b>"));
        Assert.That(
            page,
            Does.Not.Match("(src|href)\\s*=\\s*[\"']").And.Not.Contain("http://").And.Not.Contain("https://")
        );
        Assert.That(page, Does.Contain("default-src 'none'"));
        Assert.That(Regex.Count(page, "</script>"), Is.EqualTo(2));
    }

    [Test]
    public void APageHasEveryLayerAndHead()
    {
        using var data = JsonDocument.Parse(DataPart().Match(SampleExplanations.English.ToHtml()).Groups[1].Value);
        var step = data.RootElement.GetProperty("steps")[0];
        Assert.That(step.GetProperty("layers").GetArrayLength(), Is.EqualTo(4));
        Assert.That(
            step.GetProperty("heads")[2][3].GetArrayLength(),
            Is.EqualTo(SampleExplanations.English.Tokens.Count)
        );
        Assert.That(
            step.GetProperty("relevance")[1].GetDouble(),
            Is.EqualTo(SampleExplanations.English.Relevance[1]).Within(1e-6)
        );
    }

    [Test]
    public void WhatIsNotKnownHasNoControls()
    {
        var page = new TextExplanation("a", [new(1, "a", 0, 1)], [double.NaN]).ToHtml();
        Assert.That(page, Does.Not.Contain("id=\"layer\"").And.Not.Contain("class=\"grid\""));
    }

    [Test]
    public void EveryStepOfAnAnswerIsARow()
    {
        Assert.That(Regex.Count(All.ToHtml("steps"), "<article"), Is.EqualTo(All.Length));
        Assert.That(
            () => Array.Empty<TextExplanation>().ToHtml(),
            Throws.ArgumentException.With.Message.Contains("no explanations")
        );
    }

    [Test]
    public void ATerminalShowsATokenOnItsColourAndNoCommandsOfTheText()
    {
        var text = SampleExplanations.Hostile.ToTerminal(colors: true);
        Assert.That(text, Does.Contain("\u001b[48;2;255;0;0m"));
        Assert.That(text.Contains("\u001b[2J", StringComparison.Ordinal), Is.False);
    }

    [Test]
    public void WithoutColoursATerminalShowsNumbersAndBars()
    {
        var text = SampleExplanations.English.ToTerminal(colors: false);
        Assert.That(text.Contains('\u001b'), Is.False);
        Assert.That(text, Does.Match(@"0\.7847  \+{24}  The\n"));
        Assert.That(text, Does.StartWith("“ Paris” against “ London”  ·  score 3.25"));
    }

    [TestCaseSource(nameof(All))]
    public void APictureIsAPngOfTheWidthAskedFor(TextExplanation explanation)
    {
        Assert.That(explanation.ToPng().AsSpan(1, 3).SequenceEqual("PNG"u8), Is.True);
        Assert.That(explanation.ToPicture(400).Width, Is.EqualTo(400));
    }

    [Test]
    public void APictureShowsTheStrongestTokenInRed()
    {
        var picture = SampleExplanations.English.ToPicture();
        var red = Enumerable
            .Range(0, picture.Height)
            .Sum(y => picture.Row(y).ToArray().Count(color => color == Rgb.Hex(0xff0000)));
        Assert.That(red, Is.GreaterThan(500));
    }

    [Test]
    public void APicturesHeadingBeginsAtTheLeftWhereTheTargetRunsToTheLeft()
    {
        var heading = (SampleExplanations.English with { Target = "القاهرة" }).ToPicture();
        var left = Enumerable
            .Range(0, 60)
            .Sum(y => heading.Row(y)[..(heading.Width / 4)].ToArray().Count(color => color != Rgb.Hex(0xffffff)));
        Assert.That(left, Is.GreaterThan(50));
    }

    [Test]
    public void APictureNamesWhatNoFontHas()
    {
        var known = SampleExplanations.Pieces("abcdef").ToPicture();
        var unknown = SampleExplanations.Pieces("abc\ue123ef").ToPicture();
        Assert.That(unknown.Height, Is.GreaterThan(known.Height));
    }

    [Test]
    public void JsonHasAllNumbers()
    {
        using var document = JsonDocument.Parse(SampleExplanations.Hebrew.ToJson());
        var root = document.RootElement;
        Assert.That(root.GetProperty("text").GetString(), Is.EqualTo(SampleExplanations.Hebrew.Text));
        Assert.That(root.GetProperty("relevance")[2].GetDouble(), Is.EqualTo(SampleExplanations.Hebrew.Relevance[2]));
        Assert.That(root.GetProperty("heads").GetProperty("perToken")[1][0].GetArrayLength(), Is.GreaterThan(1));
        Assert.That(root.GetProperty("tokens")[1].GetProperty("start").GetInt32(), Is.Zero);
    }

    [TestCase("why.html")]
    [TestCase("why.png")]
    [TestCase("why.webp")]
    [TestCase("why.json")]
    [TestCase("why.TXT")]
    public void TheExtensionSaysTheFormat(string name)
    {
        using var folder = new TemporaryFolder();
        SampleExplanations.English.Save(folder.Of("new", name));
        All.Save(folder.Of(name));
        Assert.That(new FileInfo(folder.Of("new", name)).Length, Is.GreaterThan(0));
        Assert.That(new FileInfo(folder.Of(name)).Length, Is.GreaterThan(new FileInfo(folder.Of("new", name)).Length));
    }

    [Test]
    public void AnUnknownExtensionIsRefused() =>
        Assert.That(
            () => SampleExplanations.English.Save("why.docx"),
            Throws.ArgumentException.With.Message.Contains(".html, .png")
        );

    [GeneratedRegex("<p class=\"text\"[^>]*>(.*?)</p>", RegexOptions.Singleline)]
    private static partial Regex TextPart();

    [GeneratedRegex("id=\"data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex DataPart();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
