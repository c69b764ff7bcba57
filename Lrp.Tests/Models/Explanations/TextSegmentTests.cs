using Lrp.Models.Explanations;

namespace Lrp.Tests.Models.Explanations;

/// <summary>A text is shown whole, whatever its tokens cover.</summary>
[TestFixture]
public sealed class TextSegmentTests
{
    [Test]
    public void WhatNoTokenCoversIsShownToo()
    {
        var segments = Of("a, b", new(1, "a", 0, 1), new(2, "b", 3, 1));
        Assert.That(Shown(segments), Is.EqualTo(new[] { "a", ", ", "b" }));
        Assert.That(segments[1].Tokens, Is.Empty);
    }

    [Test]
    public void TokensThatShareACharacterAreOnePart()
    {
        var segments = Of("x🙂y", new(1, "x", 0, 1), new(2, "ð", 1, 2), new(3, "Ł", 1, 2), new(4, "y", 3, 1));
        Assert.That(Shown(segments), Is.EqualTo(new[] { "x", "🙂", "y" }));
        Assert.That(segments[1].Tokens, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(segments[1].Sum([1, 2, 3, 4]), Is.EqualTo(5));
    }

    [Test]
    public void ACharacterOfTwoUnitsIsNotCut()
    {
        var segments = Of("🙂!", new(1, "a", 0, 1), new(2, "b", 1, 2));
        Assert.That(Shown(segments), Is.EqualTo(new[] { "🙂!" }));
    }

    [Test]
    public void TokensThatAreNotInTheTextStandWhereTheModelTookThem()
    {
        var segments = Of(
            "ab",
            new(1, "[CLS]", 0, 0, true),
            new(2, "a", 0, 1),
            new(3, "b", 1, 1),
            new(4, "[SEP]", 0, 0, true)
        );
        Assert.That(Shown(segments), Is.EqualTo(new[] { "[CLS]", "a", "b", "[SEP]" }));
    }

    [Test]
    public void WithoutTokensTheTextIsShown() => Assert.That(Shown(Of("ab")), Is.EqualTo(new[] { "ab" }));

    private static IReadOnlyList<TextSegment> Of(string text, params TextToken[] tokens) =>
        TextSegment.Of(new TextExplanation(text, tokens, new double[tokens.Length]));

    private static string[] Shown(IReadOnlyList<TextSegment> segments) =>
        [.. segments.Select(segment => segment.Shown)];
}
