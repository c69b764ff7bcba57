using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>Pictures in files: PNG, JPEG and WebP, there and back, from other programs, and broken.</summary>
[TestFixture]
public sealed class PictureFileTests
{
    // Written by ImageMagick 6.9; the PNGs say that their gamma is 1/2.2, which must not change their numbers.
    private const string RedBesideTransparent =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAABGdBTUEAALGPC/xhBQAAACBjSFJNAAB6JgAAgIQAAPoAAACA6AAA"
        + "dTAAAOpgAAA6mAAAF3CculE8AAAABmJLR0QA/wD/AP+gvaeTAAAAB3RJTUUH6gscBSkUTkPCDwAAABFJREFUCNdj+M/A8J+BgYEB"
        + "AAz8Af/tPGRZAAAAJXRFWHRkYXRlOmNyZWF0ZQAyMDI2LTExLTI4VDA1OjQxOjIwKzAwOjAwa9YkNgAAACV0RVh0ZGF0ZTptb2Rp"
        + "ZnkAMjAyNi0xMS0yOFQwNTo0MToyMCswMDowMBqLnIoAAAAASUVORK5CYII=";

    private const string PaletteOf102030 =
        "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAQMAAACnuvRZAAAABGdBTUEAALGPC/xhBQAAACBjSFJNAAB6JgAAgIQAAPoAAACA6AAA"
        + "dTAAAOpgAAA6mAAAF3CculE8AAAABlBMVEUQIDD///+X5UrjAAAAAWJLR0QB/wIt3gAAAAd0SU1FB+oLHAUpFE5Dwg8AAAAMSURB"
        + "VAjXY2BgYAAAAAQAASc0JwoAAAAldEVYdGRhdGU6Y3JlYXRlADIwMjYtMTEtMjhUMDU6NDE6MjArMDA6MDBr1iQ2AAAAJXRFWHRk"
        + "YXRlOm1vZGlmeQAyMDI2LTExLTI4VDA1OjQxOjIwKzAwOjAwGoucigAAAABJRU5ErkJggg==";

    private const string GreyJpegOf16x8 =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8Q"
        + "EBEQCgwSExIQEw8QEBD/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oA"
        + "CAEBAAA/AIH/2Q==";

    private const string LossyWebpOf16x8 =
        "UklGRj4AAABXRUJQVlA4IDIAAADQAQCdASoQAAgAAMASJaACdLoB+AADsAD+98Rf/5l58tC+Whf8y8/+5APZAPZAP37gAA==";

    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory().FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, true);

    [TestCase("a.png", 1, 1)]
    [TestCase("a.png", 3, 2)]
    [TestCase("a.PNG", 257, 131)]
    [TestCase("a.webp", 1, 1)]
    [TestCase("a.webp", 257, 131)]
    public void PngAndWebpKeepEveryPixel(string name, int width, int height)
    {
        var picture = Noise(width, height);
        var read = Reread(picture, name);
        Assert.That((read.Width, read.Height), Is.EqualTo((width, height)));
        Assert.That(Pixels(read), Is.EqualTo(Pixels(picture)));
    }

    [TestCase("a.jpg")]
    [TestCase("a.jpeg")]
    public void JpegKeepsSmoothColoursWithinAFewLevels(string name)
    {
        var picture = new Picture(64, 48);
        for (var i = 0; i < 64 * 48; i++)
        {
            picture[i % 64, i / 64] = new Rgb((byte)(i % 64 * 4), (byte)(i / 64 * 5), 128);
        }

        var read = Reread(picture, name);
        Assert.That((read.Width, read.Height), Is.EqualTo((64, 48)));
        var distances = Pixels(read).Zip(Pixels(picture), Distance);
        Assert.That(distances.Max(), Is.LessThanOrEqualTo(6));
    }

    [TestCase("a.png", new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' })]
    [TestCase("a.jpg", new byte[] { 0xff, 0xd8, 0xff })]
    [TestCase("a.webp", new byte[] { (byte)'R', (byte)'I', (byte)'F', (byte)'F' })]
    public void AFilesExtensionChoosesItsFormat(string name, byte[] beginning)
    {
        var path = Path.Combine(_folder, "not", "there", "yet", name);
        Noise(4, 4).Save(path);
        Assert.That(File.ReadAllBytes(path).Take(beginning.Length), Is.EqualTo(beginning));
    }

    [Test]
    public void APngIsEightBitRgbAndTheSameWheneverItIsWritten()
    {
        var png = new Picture(1, 1, Rgb.Hex(0xff0000)).ToPng();
        const string Beginning = "89504E470D0A1A0A0000000D4948445200000001000000010802000000907753DE";
        Assert.That(Convert.ToHexString(png.AsSpan(0, 33)), Is.EqualTo(Beginning));
        byte[] first = Noise(40, 30).ToPng(),
            second = Noise(40, 30).ToPng();
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void TheContentTellsWhatToReadNotTheName()
    {
        var path = Path.Combine(_folder, "really-a-png.jpg");
        File.WriteAllBytes(path, new Picture(2, 1, Rgb.Hex(0x123456)).ToPng());
        Assert.That(Picture.Load(path)[1, 0], Is.EqualTo(Rgb.Hex(0x123456)));
    }

    [Test]
    public void FilesOfOtherProgramsAreRead()
    {
        Assert.Multiple(() =>
        {
            Rgb[] redAndWhite = [Rgb.Hex(0xff0000), Rgb.Hex(0xffffff)];
            Assert.That(Pixels(LoadBytes(RedBesideTransparent)), Is.EqualTo(redAndWhite));
            Assert.That(Pixels(LoadBytes(PaletteOf102030)), Has.Length.EqualTo(6).And.All.EqualTo(Rgb.Hex(0x102030)));
            AssertAllNear(LoadBytes(GreyJpegOf16x8), Rgb.Hex(0x7f7f7f), levels: 2);
            AssertAllNear(LoadBytes(LossyWebpOf16x8), Rgb.Hex(0x2060c0), levels: 4);
        });
    }

    [Test]
    public void APhotoTakenSidewaysIsTurnedUpright()
    {
        var landscape = new Picture(32, 16);
        landscape.Paste(new Picture(16, 16, Rgb.Hex(0xffffff)), 16, 0);
        var jpeg = File.ReadAllBytes(Saved(landscape, "a.jpg"));

        // An Exif segment that holds one entry, the orientation: 6, to be turned by 90° clockwise.
        var exif = Convert.FromHexString(
            "FFE10022457869660000" + "4D4D002A00000008" + "0001" + "011200030000000100060000" + "00000000"
        );
        var upright = LoadBytes(Convert.ToBase64String([.. jpeg[..2], .. exif, .. jpeg[2..]]));
        Assert.Multiple(() =>
        {
            Assert.That((upright.Width, upright.Height), Is.EqualTo((16, 32)));
            Assert.That(Distance(upright[8, 4], Rgb.Hex(0x000000)), Is.LessThanOrEqualTo(4), "the left half is above");
            Assert.That(Distance(upright[8, 28], Rgb.Hex(0xffffff)), Is.LessThanOrEqualTo(4));
        });
    }

    [TestCase("picture.bmp")]
    [TestCase("picture")]
    public void AnUnknownExtensionIsRefusedWithThoseThatAreKnown(string name)
    {
        var path = Path.Combine(_folder, name);
        Assert.That(
            () => new Picture(1, 1).Save(path),
            Throws.ArgumentException.With.Message.Contains($"{name}'").And.Message.Contains(".png, .jpg, .jpeg, .webp")
        );
        Assert.That(File.Exists(path), Is.False);
    }

    [TestCase("")]
    [TestCase("no picture at all")]
    public void AFileThatIsNoPictureIsNamedWithWhatCanBeRead(string content)
    {
        var path = Path.Combine(_folder, "notes.png");
        File.WriteAllText(path, content);
        Assert.That(
            () => Picture.Load(path),
            Throws
                .InstanceOf<InvalidDataException>()
                .With.Message.Contains(path)
                .And.Message.Contains("PNG, JPEG and WebP")
        );
    }

    [TestCase("a.png")]
    [TestCase("a.jpg")]
    [TestCase("a.webp")]
    public void AFileThatIsCutOffIsNoPicture(string name)
    {
        var path = Saved(Noise(100, 80), name);
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        Assert.That(
            () => Picture.Load(path),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains(path).And.Message.Contains("cut off")
        );
    }

    [Test]
    public void AFileThatIsNotThereIsNamed() =>
        Assert.That(
            () => Picture.Load(Path.Combine(_folder, "gone.png")),
            Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("gone.png")
        );

    [TestCase("a.webp", 16384, 1)]
    [TestCase("a.jpg", 1, 65501)]
    public void APictureLargerThanItsFormatAllowsIsRefused(string name, int width, int height) =>
        Assert.That(
            () => new Picture(width, height).Save(Path.Combine(_folder, name)),
            Throws.ArgumentException.With.Message.Contains($"{width} x {height}").And.Message.Contains("PNG")
        );

    private static void AssertAllNear(Picture picture, Rgb color, int levels)
    {
        Assert.That((picture.Width, picture.Height), Is.EqualTo((16, 8)));
        Assert.That(Pixels(picture).Select(pixel => Distance(pixel, color)), Is.All.LessThanOrEqualTo(levels));
    }

    private static int Distance(Rgb a, Rgb b) =>
        Math.Max(Math.Abs(a.R - b.R), Math.Max(Math.Abs(a.G - b.G), Math.Abs(a.B - b.B)));

    private static Rgb[] Pixels(Picture picture) =>
        [.. Enumerable.Range(0, picture.Height).SelectMany(y => picture.Row(y).ToArray())];

    private static Picture Noise(int width, int height)
    {
        var random = new Random(1);
        var picture = new Picture(width, height);
        for (var i = 0; i < width * height; i++)
        {
            picture[i % width, i / width] = Rgb.Hex(random.Next(0x1000000));
        }

        return picture;
    }

    private string Saved(Picture picture, string name)
    {
        var path = Path.Combine(_folder, name);
        picture.Save(path);
        return path;
    }

    private Picture Reread(Picture picture, string name) => Picture.Load(Saved(picture, name));

    private Picture LoadBytes(string base64)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, Convert.FromBase64String(base64));
        return Picture.Load(path);
    }
}
