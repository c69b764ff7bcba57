using Lrp.Pictures;
using Lrp.Pictures.Paragraphs;

namespace Lrp.Tests.Pictures;

/// <summary>Paragraphs in pictures: lines, directions, colours behind characters.</summary>
[TestFixture]
public sealed class ParagraphTests
{
    private const int Size = 20;
    private const int Width = 300;

    private static readonly Rgb White = Rgb.Hex(0xffffff);
    private static readonly Rgb Black = Rgb.Hex(0x000000);
    private static readonly Rgb Red = Rgb.Hex(0xff0000);

    [Test]
    public void TheColourOfACharacterIsBehindIt()
    {
        var picture = Draw("abc", unit => unit == 1 ? Red : null);
        var before = PictureText.WidthOf("a", Size);
        var columns = Columns(picture, Red);
        Assert.That(columns.Min(), Is.EqualTo(before).Within(1));
        Assert.That(columns.Max(), Is.EqualTo(PictureText.WidthOf("ab", Size)).Within(2));
    }

    [Test]
    public void TextThatRunsToTheLeftBeginsAtTheRight()
    {
        var picture = Draw("שלום", unit => unit == 0 ? Red : null);
        Assert.That(Columns(picture, Red).Max(), Is.EqualTo(Width - 1).Within(1));
    }

    [Test]
    public void LettersThatJoinStayJoinedWhereTheColourChanges()
    {
        var joined = new Paragraph("بب", Size, Width);
        var apart = new Paragraph("ب\u200cب", Size, Width);
        Assert.That(
            Ink(Draw(joined, unit => unit == 0 ? White : null)),
            Is.EqualTo(Ink(Draw(joined, _ => null))).And.Not.EqualTo(Ink(Draw(apart, _ => null)))
        );
    }

    [Test]
    public void ALongTextIsBrokenAtSpaces()
    {
        var one = new Paragraph("word", Size, Width).Height;
        Assert.That(
            new Paragraph(string.Join(' ', Enumerable.Repeat("word", 12)), Size, Width).Height,
            Is.GreaterThan(one)
        );
        Assert.That(new Paragraph("a\nb\n", Size, Width).Height, Is.EqualTo(3 * one));
    }

    [Test]
    public void AWordLongerThanALineIsBrokenAnywhere()
    {
        var paragraph = new Paragraph(new string('w', 100), Size, Width);
        var picture = Draw(paragraph, unit => unit == 99 ? Red : null);
        Assert.That(Columns(picture, Red), Is.Not.Empty);
    }

    [TestCase("")]
    [TestCase("\ud83d")]
    [TestCase("\u0301")]
    [TestCase("a\u001b[2J\tb")]
    public void OddTextsAreDrawn(string text) => Assert.That(() => Draw(text, _ => Red), Throws.Nothing);

    [Test]
    public void AnyTextAtAllIsDrawn()
    {
        var random = new Random(20261);
        int[] starts = [0x20, 0x300, 0x590, 0x600, 0x900, 0x2000, 0x3040, 0x4e00, 0xd7f0, 0xfb00];
        for (var i = 0; i < 60; i++)
        {
            var text = string.Concat(
                Enumerable.Range(0, 30).Select(_ => (char)(starts[random.Next(starts.Length)] + random.Next(0x60)))
            );
            Assert.That(() => Draw(text, _ => Red), Throws.Nothing, text);
        }
    }

    [Test]
    public void WhatNoFontHasIsNamed()
    {
        Assert.That(new Paragraph("Aא", Size, Width).Missing, Is.Empty);
        Assert.That(new Paragraph("a\ue123\ue123", Size, Width).Missing, Is.EqualTo("\ue123"));
    }

    private static Picture Draw(string text, Func<int, Rgb?> background) =>
        Draw(new Paragraph(text, Size, Width), background);

    private static Picture Draw(Paragraph paragraph, Func<int, Rgb?> background)
    {
        var picture = new Picture(Width, paragraph.Height, White);
        paragraph.Draw(picture, 0, 0, background, Black);
        return picture;
    }

    private static int[] Columns(Picture picture, Rgb color) =>
        [
            .. Enumerable
                .Range(0, picture.Width)
                .Where(x => Enumerable.Range(0, picture.Height).Any(y => picture[x, y] == color)),
        ];

    private static string Ink(Picture picture) =>
        string.Concat(
            Enumerable
                .Range(0, picture.Height)
                .SelectMany(y => picture.Row(y).ToArray())
                .Select(color => color == White ? ' ' : '#')
        );
}
