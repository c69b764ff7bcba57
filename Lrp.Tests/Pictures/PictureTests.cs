using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>Pictures, their PNG files and grids.</summary>
[TestFixture]
public sealed class PictureTests
{
    [TestCase(1, 1)]
    [TestCase(3, 2)]
    [TestCase(257, 131)]
    public void A_png_holds_the_pixels_of_the_picture(int width, int height)
    {
        Picture picture = Noise(width, height);
        Picture read = PngReader.Read(picture.ToPng());
        Assert.That((read.Width, read.Height), Is.EqualTo((width, height)));
        for (int y = 0; y < height; y++)
        {
            Assert.That(read.Row(y).ToArray(), Is.EqualTo(picture.Row(y).ToArray()));
        }
    }

    [Test]
    public void A_png_file_of_one_known_pixel_has_the_bytes_the_standard_demands()
    {
        byte[] png = new Picture(1, 1, Rgb.Hex(0xff0000)).ToPng();
        Assert.That(Convert.ToHexString(png.AsSpan(0, 33)), Is.EqualTo("89504E470D0A1A0A0000000D4948445200000001000000010802000000907753DE"));
        Assert.That(Convert.ToHexString(png.AsSpan(png.Length - 12)), Is.EqualTo("0000000049454E44AE426082"));
    }

    [Test]
    public void A_picture_is_saved_into_folders_that_are_not_there_yet()
    {
        string folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid().ToString("N"));
        string path = Path.Combine(folder, "a", "b.png");
        Noise(4, 4).SavePng(path);
        Assert.That(File.Exists(path), Is.True);
        Directory.Delete(folder, true);
    }

    [Test]
    public void A_picture_enlarged_is_made_of_squares()
    {
        var picture = new Picture(2, 1) { [1, 0] = Rgb.Hex(0xffffff) };
        Picture larger = picture.Enlarge(3);
        Assert.Multiple(() =>
        {
            Assert.That((larger.Width, larger.Height), Is.EqualTo((6, 3)));
            Assert.That(larger[2, 2], Is.EqualTo(Rgb.Hex(0)));
            Assert.That(larger[3, 0], Is.EqualTo(Rgb.Hex(0xffffff)));
        });
    }

    [Test]
    public void A_grid_has_a_gap_around_each_picture()
    {
        var black = new Picture(2, 2);
        Picture grid = PictureGrid.Arrange([black, black, black], columns: 2, gap: 1);
        Assert.Multiple(() =>
        {
            Assert.That((grid.Width, grid.Height), Is.EqualTo((7, 7)));
            Assert.That(Row(grid, 1), Is.EqualTo(".##.##."));
            Assert.That(Row(grid, 3), Is.EqualTo("......."));
            Assert.That(Row(grid, 4), Is.EqualTo(".##...."));
        });
    }

    [Test]
    public void A_smaller_picture_stands_in_the_middle_of_its_cell()
    {
        Picture grid = PictureGrid.Arrange([new Picture(3, 3), new Picture(1, 1)], columns: 2, gap: 0);
        Assert.That(new[] { Row(grid, 0), Row(grid, 1), Row(grid, 2) }, Is.EqualTo(new[] { "###...", "###.#.", "###..." }));
    }

    [Test]
    public void A_grid_of_nothing_is_refused() =>
        Assert.That(() => PictureGrid.Arrange([]), Throws.ArgumentException.With.Message.Contains("at least one picture"));

    [Test]
    public void A_pixel_outside_is_named_with_the_size() =>
        Assert.That(() => new Picture(2, 3)[2, 0], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("(2, 0) lies outside a picture of 2 x 3"));

    private static string Row(Picture picture, int y) =>
        string.Concat(picture.Row(y).ToArray().Select(pixel => pixel == default ? '#' : '.'));

    private static Picture Noise(int width, int height)
    {
        var random = new Random(1);
        var picture = new Picture(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                picture[x, y] = Rgb.Hex(random.Next(0x1000000));
            }
        }

        return picture;
    }
}
