using Lrp.Pictures;

namespace Lrp.Tests.Examples;

/// <summary>The pictures that examples save.</summary>
[TestFixture]
public sealed class PictureExampleTests
{
    [TestCase("RegisterAndBackward", "register-and-backward.png", 3 * 28 * 8)]
    [TestCase("SwapRules", "swap-rules.png", 10 * 28 * 3)]
    [TestCase("ThreeOrEight", "three-or-eight-trees.png", 7 * 28 * 4)]
    public void TheGridIsSavedWithALabelForEachColumn(string program, string file, int widthOfPictures)
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of(program, folder.Path, "--out", ".");
        Assert.That(run.ExitCode, Is.Zero, run.Error);

        // A band above the first row of pictures holds black letters over white or grey, in every column.
        var picture = Picture.Load(Path.Combine(folder.Path, file));
        var band = Enumerable.Range(0, 18).Select(y => picture.Row(y).ToArray()).ToArray();
        var inked = Enumerable.Range(0, picture.Width).Count(x => band.Any(row => row[x].Luminance < 0.4));
        Assert.That(picture.Width, Is.GreaterThan(widthOfPictures));
        Assert.That(inked, Is.InRange(30, picture.Width / 2));
    }
}
