using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Tests.Pictures;

/// <summary>Pictures, in other sizes, as tensors and in grids.</summary>
[TestFixture]
public sealed class PictureTests
{
    [Test]
    public void APictureEnlargedIsMadeOfSquares()
    {
        var picture = new Picture(2, 1) { [1, 0] = Rgb.Hex(0xffffff) };
        var larger = picture.Enlarge(3);
        Assert.Multiple(() =>
        {
            Assert.That((larger.Width, larger.Height), Is.EqualTo((6, 3)));
            Assert.That(larger[2, 2], Is.EqualTo(Rgb.Hex(0)));
            Assert.That(larger[3, 0], Is.EqualTo(Rgb.Hex(0xffffff)));
        });
    }

    [Test]
    public void AGridHasAGapAroundEachPicture()
    {
        var black = new Picture(2, 2);
        var grid = PictureGrid.Arrange([black, black, black], columns: 2, gap: 1);
        Assert.Multiple(() =>
        {
            Assert.That((grid.Width, grid.Height), Is.EqualTo((7, 7)));
            Assert.That(Row(grid, 1), Is.EqualTo(".##.##."));
            Assert.That(Row(grid, 3), Is.EqualTo("......."));
            Assert.That(Row(grid, 4), Is.EqualTo(".##...."));
        });
    }

    [Test]
    public void ASmallerPictureStandsInTheMiddleOfItsCell()
    {
        var grid = PictureGrid.Arrange([new Picture(3, 3), new Picture(1, 1)], columns: 2, gap: 0);
        Assert.That(
            new[] { Row(grid, 0), Row(grid, 1), Row(grid, 2) },
            Is.EqualTo(new[] { "###...", "###.#.", "###..." })
        );
    }

    [Test]
    public void AGridOfNothingIsRefused() =>
        Assert.That(
            () => PictureGrid.Arrange([]),
            Throws.ArgumentException.With.Message.Contains("at least one picture")
        );

    [Test]
    public void APixelOutsideIsNamedWithTheSize() =>
        Assert.That(
            () => new Picture(2, 3)[2, 0],
            Throws
                .InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.Contains("(2, 0) lies outside a picture of 2 x 3")
        );

    [TestCase(0, 5)]
    [TestCase(5, 0)]
    [TestCase(-1, 5)]
    [TestCase(65536, 65536)]
    public void APictureWithoutPixelsOrWithTooManyIsRefusedWithItsSize(int width, int height)
    {
        Assert.That(
            () => new Picture(width, height),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"{width} x {height}")
        );
        Assert.That(
            () => new Picture(2, 2).Resize(width, height),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"{width} x {height}")
        );
    }

    [Test]
    public void RelevanceOfNothingIsRefusedWithItsSize()
    {
        using var none = zeros(0, 4);
        Assert.That(() => Heatmap.Render(none), Throws.ArgumentException.With.Message.Contains("[0, 4]"));
        Assert.That(() => InputPicture.Render(none), Throws.ArgumentException.With.Message.Contains("[0, 4]"));
        Assert.That(
            () => Heatmap.Render(new double[3, 0]),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("0 x 3")
        );
    }

    [Test]
    public void APhotoThatShrinksTakesTheMeanOfWhatFallsTogether()
    {
        // Stripes one pixel wide: taking every fourth pixel would give all black or all white.
        var stripes = new Picture(64, 32);
        for (var i = 0; i < 64 * 32; i++)
        {
            stripes[i % 64, i / 64] = i % 2 == 0 ? Rgb.Hex(0xffffff) : Rgb.Hex(0x000000);
        }

        var small = stripes.Resize(16, 8);
        Assert.That((small.Width, small.Height), Is.EqualTo((16, 8)));
        Assert.That(
            small.Row(4)[2..^2].ToArray(),
            Is.All.Matches<Rgb>(pixel => Math.Abs(pixel.R - 127.5) <= 1 && pixel.G == pixel.R && pixel.B == pixel.R)
        );
    }

    [Test]
    public void APhotoThatGrowsRunsStraightFromPixelToPixel()
    {
        var pair = new Picture(2, 1) { [1, 0] = new Rgb(200, 100, 40) };
        Assert.That(
            pair.Resize(4, 1).Row(0).ToArray(),
            Is.EqualTo(new[] { Rgb.Hex(0), new Rgb(50, 25, 10), new Rgb(150, 75, 30), new Rgb(200, 100, 40) })
        );
    }

    [Test]
    public void APictureAsATensorHasItsChannelsFirstAndIsNormalizedAsTold()
    {
        using var scope = NewDisposeScope();
        var picture = new Picture(2, 1, new Rgb(255, 0, 51)) { [1, 0] = new Rgb(0, 255, 102) };
        var plain = InputPicture.ToTensor(picture);
        var normalized = InputPicture.ToTensor(picture, [0.5, 0.25, 0], [0.5, 1, 0.1]);
        Assert.Multiple(() =>
        {
            Assert.That(plain.shape, Is.EqualTo(new long[] { 3, 1, 2 }));
            Assert.That(plain.data<float>().ToArray(), Is.EqualTo(new[] { 1, 0, 0, 1, 0.2f, 0.4f }).Within(1e-6));
            Assert.That(
                normalized.data<float>().ToArray(),
                Is.EqualTo(new[] { 1, -1, -0.25f, 0.75f, 2, 4 }).Within(1e-5)
            );
            Assert.That(
                InputPicture.Render(normalized, 1, [0.5, 0.25, 0], [0.5, 1, 0.1]).Row(0).ToArray(),
                Is.EqualTo(picture.Row(0).ToArray())
            );
        });
    }

    [Test]
    public void ATensorAsksForAMeanAChannel() =>
        Assert.That(
            () => InputPicture.ToTensor(new Picture(1, 1), [0.5]),
            Throws.ArgumentException.With.Message.Contains("3 channels; there are 1 means")
        );

    private static string Row(Picture picture, int y) =>
        string.Concat(picture.Row(y).ToArray().Select(pixel => pixel == default ? '#' : '.'));
}
