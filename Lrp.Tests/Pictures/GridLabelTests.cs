using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>Texts above the columns of a grid and beside its rows.</summary>
[TestFixture]
public sealed class GridLabelTests
{
    private const int Side = 30;
    private const int Gap = 4;

    private static readonly Rgb Grey = Rgb.Hex(0x808080);
    private static readonly Rgb Blue = Rgb.Hex(0x0000ff);

    [Test]
    public void ColumnsHaveTheirTextsAboveAndRowsBeside()
    {
        var plain = Arrange(null);
        var labelled = Arrange(new GridLabels { Columns = ["0", "1", "2"], Rows = ["ZPlus", "Flat"] });
        var (left, top) = (labelled.Width - plain.Width, labelled.Height - plain.Height);
        Assert.Multiple(() =>
        {
            Assert.That(top, Is.EqualTo(PictureText.HeightOf(14)));
            Assert.That(left, Is.GreaterThan(PictureText.WidthOf("ZPlus", 14)));
            for (var column = 0; column < 3; column++)
            {
                var from = left + Gap + (column * (Side + Gap));
                Assert.That(HasInk(labelled, from, 0, Side, top + Gap), $"column {column}");
                Assert.That(labelled[from + (Side / 2), top + Gap + (Side / 2)], Is.EqualTo(Grey));
            }

            Assert.That(HasInk(labelled, 0, top + Gap, left, Side), "row 0");
            Assert.That(HasInk(labelled, 0, top + Gap + Side + Gap, left, Side), "row 1");
            Assert.That(HasInk(labelled, 0, 0, left, top), Is.False, "the corner");
        });
    }

    [Test]
    public void LongTextsMakeRoomForThemselves()
    {
        const string Name = "the predicted class";
        var grid = Arrange(new GridLabels { Columns = [Name, Name, Name] });
        Assert.That(grid.Width, Is.EqualTo((3 * (PictureText.WidthOf(Name, 14) + Gap)) + Gap));
        Assert.That(Arrange(new GridLabels { Rows = ["a", "b"], Size = 60 }).Height, Is.GreaterThan(2 * 60));
    }

    [Test]
    public void TextsAreReadableOnDarkAndInTheirOwnColour()
    {
        var dark = Arrange(new GridLabels { Rows = ["WWW", "WWW"] }, Rgb.Hex(0x101010));
        var blue = Arrange(new GridLabels { Rows = ["WWW", "WWW"], Ink = Blue });
        Assert.That(Colours(dark), Has.Some.Matches<Rgb>(colour => colour.Luminance > 0.9));
        Assert.That(Colours(blue), Does.Contain(Blue));
    }

    [TestCase(2, 0, "3 columns, but 2 labels")]
    [TestCase(3, 3, "2 rows, but 3 labels")]
    public void EveryColumnAndEveryRowHasItsTextOrNone(int columns, int rows, string because) =>
        Assert.That(
            () =>
                Arrange(
                    new GridLabels
                    {
                        Columns = [.. Enumerable.Repeat("c", columns)],
                        Rows = [.. Enumerable.Repeat("r", rows)],
                    }
                ),
            Throws.ArgumentException.With.Message.Contains(because)
        );

    private static Picture Arrange(GridLabels? labels, Rgb? background = null) =>
        PictureGrid.Arrange([.. Enumerable.Repeat(new Picture(Side, Side, Grey), 6)], 3, Gap, background, labels);

    private static Rgb[] Colours(Picture picture) =>
        [.. Enumerable.Range(0, picture.Height).SelectMany(y => picture.Row(y).ToArray())];

    private static bool HasInk(Picture picture, int left, int top, int width, int height) =>
        Enumerable
            .Range(top, height)
            .Any(y => picture.Row(y).Slice(left, width).ToArray().Any(colour => colour.Luminance < 0.4));
}
