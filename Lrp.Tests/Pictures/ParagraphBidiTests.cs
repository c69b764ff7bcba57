using Lrp.Pictures.Paragraphs;

namespace Lrp.Tests.Pictures;

/// <summary>Text that runs to the left, and text of both directions.</summary>
[TestFixture]
public sealed class ParagraphBidiTests
{
    // Capital letters below stand for Hebrew ones, as in the Unicode standard's own examples.
    [TestCase("abc", "000")]
    [TestCase("ABC", "111")]
    [TestCase("abc ABC abc", "00001110000")]
    [TestCase("ABC abc ABC", "11112221111")]
    [TestCase("ABC 123", "1111222")]
    [TestCase("abc 123", "0000000")]
    [TestCase("ABC 3.14 %", "1111222211")]
    [TestCase("ABC 50%", "1111222")]
    [TestCase("abc (ABC)", "000001110")]
    [TestCase("abc ABC, ABC.", "0000111111110")]
    [TestCase("", "")]
    public void EachCharacterHasTheLevelThatTheStandardGivesIt(string pattern, string levels) =>
        Assert.That(
            string.Concat(Bidi.Levels(Hebrew(pattern)).Select(level => (char)('0' + level))),
            Is.EqualTo(levels)
        );

    // < and { begin a part that is isolated and runs to the right or to the left, > ends it.
    [TestCase("abc <ABC> abc", "0000033300000")]
    [TestCase("ABC abc <[de]> ABC", "111122211222211111")]
    [TestCase("ABC abc <[de]>", "11112221122221")]
    [TestCase("abc {ABC 12> abc", "0000011112200000")]
    [TestCase("ABC <de", "1111122")]
    public void WhatIsIsolatedIsATextOfItsOwn(string pattern, string levels) =>
        EachCharacterHasTheLevelThatTheStandardGivesIt(
            pattern.Replace('<', '\u2066').Replace('{', '\u2067').Replace('>', '\u2069'),
            levels
        );

    [Test]
    public void ArabicDigitsRunToTheRightInTextThatRunsToTheLeft() =>
        Assert.That(Bidi.Levels("نص ١٢٣"), Is.EqualTo(new byte[] { 1, 1, 1, 2, 2, 2 }));

    [Test]
    public void EuropeanDigitsBehindAnArabicLetterAreArabicOnes() =>
        Assert.That(Bidi.Levels("ن 1,2"), Is.EqualTo(new byte[] { 1, 1, 2, 2, 2 }));

    [Test]
    public void WhatIsIsolatedSaysNothingOfTheParagraph() =>
        Assert.That(Bidi.BaseLevel(Hebrew("\u2066abc\u2069 ABC")), Is.EqualTo(1));

    [TestCase("0", "0")]
    [TestCase("01", "01")]
    [TestCase("121", "210")]
    [TestCase("1221", "3120")]
    [TestCase("010", "012")]
    public void RunsStandInTheOrderOfTheirLevels(string levels, string order) =>
        Assert.That(
            string.Concat(Bidi.VisualOrder([.. levels.Select(level => (byte)(level - '0'))])),
            Is.EqualTo(order)
        );

    private static string Hebrew(string pattern) =>
        string.Concat(pattern.Select(letter => char.IsAsciiLetterUpper(letter) ? (char)(letter - 'A' + 'א') : letter));
}
