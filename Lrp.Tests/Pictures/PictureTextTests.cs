using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>Text in pictures, with the typeface that comes with the library.</summary>
[TestFixture]
public sealed class PictureTextTests
{
    private const int Size = 16;

    private static readonly Rgb White = Rgb.Hex(0xffffff);
    private static readonly Rgb Red = Rgb.Hex(0xff0000);

    [Test]
    public void TheTypefaceIsTheLibrarysOwnNotTheMachines()
    {
        Assert.That(PictureFont.Typeface.FamilyName, Is.EqualTo("DejaVu Sans"));
        Assert.That(PictureFont.Typeface.ContainsGlyphs("Aaß εδ и там ∑≤σ"), Is.True);
    }

    [Test]
    public void LettersAreDrawnInTheirColourWithinTheirLine()
    {
        var text = "Ägypten";
        var picture = new Picture(PictureText.WidthOf(text, Size) + 20, PictureText.HeightOf(Size) + 20, White);
        PictureText.Draw(picture, text, 10, 10, Size, Red);
        var ink = Ink(picture);
        Assert.Multiple(() =>
        {
            Assert.That(ink, Has.Length.GreaterThan(100));
            Assert.That(ink, Has.Some.Matches<(int X, int Y)>(at => picture[at.X, at.Y] == Red));
            Assert.That(ink.Select(at => picture[at.X, at.Y].R), Is.All.EqualTo(255), "between white and red");
            Assert.That(ink.Min(at => at.X), Is.InRange(9, 13));
            Assert.That(ink.Max(at => at.X), Is.LessThan(picture.Width - 9));
            Assert.That(ink.Min(at => at.Y), Is.GreaterThanOrEqualTo(10));
            Assert.That(ink.Max(at => at.Y), Is.LessThan(picture.Height - 10));
        });
    }

    [Test]
    public void DifferentLettersLookDifferentAndLargeIsNotSmall()
    {
        string[] drawn = [.. "AaBbгλ8".Select(letter => string.Join(';', Ink(Drawn(letter.ToString()))))];
        Assert.That(drawn, Is.Unique);
    }

    [Test]
    public void TextGrowsWithItsLettersAndTheirSize()
    {
        Assert.Multiple(() =>
        {
            Assert.That(PictureText.WidthOf(string.Empty, Size), Is.Zero);
            Assert.That(PictureText.WidthOf("WWW", Size), Is.GreaterThan(PictureText.WidthOf("iii", Size)));
            var width = PictureText.WidthOf("word", Size);
            Assert.That(PictureText.WidthOf("word", 2 * Size), Is.EqualTo(2 * width).Within(2));
        });
    }

    [Test]
    public void ACharacterThatTheTypefaceLacksIsABoxAndHalfACharacterNoError()
    {
        Assert.That(Ink(Drawn("模")), Is.Not.Empty);
        Assert.That(() => Drawn("\ud800"), Throws.Nothing);
        Assert.That(() => Drawn("a\n\u0001"), Throws.Nothing);
    }

    [Test]
    public void TextOverTheEdgeIsCutOff()
    {
        var picture = new Picture(12, 12, White);
        Assert.That(() => PictureText.Draw(picture, "a long line", -4, -4, Size, Red), Throws.Nothing);
        Assert.That(Ink(picture), Is.Not.Empty);
    }

    [Test]
    public void TextOfNoSizeIsRefused() =>
        Assert.That(
            () => PictureText.Draw(new Picture(1, 1), "a", 0, 0, 0, Red),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("size")
        );

    private static Picture Drawn(string text)
    {
        var picture = new Picture(24, 24, White);
        PictureText.Draw(picture, text, 2, 2, Size, Red);
        return picture;
    }

    private static (int X, int Y)[] Ink(Picture picture) =>
        [
            .. from y in Enumerable.Range(0, picture.Height)
            from x in Enumerable.Range(0, picture.Width)
            where picture[x, y] != White
            select (x, y),
        ];
}
