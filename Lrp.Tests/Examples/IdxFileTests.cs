using System.IO.Compression;
using TrainDigits;

namespace Lrp.Tests.Examples;

/// <summary>The files that MNIST comes in.</summary>
[TestFixture]
public sealed class IdxFileTests
{
    private static readonly byte[] TwoByThree = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    [Test]
    public void AFileIsReadPlainAndCompressed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Of("plain"), TwoByThree);
        using (var gzip = new GZipStream(File.Create(folder.Of("packed.gz")), CompressionMode.Compress))
        {
            gzip.Write(TwoByThree);
        }

        foreach (var name in new[] { "plain", "packed" })
        {
            var file = IdxFile.Read(folder.Path, name);
            Assert.That(file.Shape, Is.EqualTo(new[] { 2, 3 }));
            Assert.That(file.Bytes, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
        }
    }

    [Test]
    public void AFileThatIsNotThereNotWholeOrNoIdxIsNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of("text"), "hello");
        File.WriteAllBytes(folder.Of("half"), TwoByThree[..^1]);
        File.WriteAllBytes(folder.Of("longer"), [.. TwoByThree, 7]);
        Assert.That(
            () => IdxFile.Read(folder.Path, "train-images-idx3-ubyte"),
            Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("train-images-idx3-ubyte")
        );
        Assert.That(
            () => IdxFile.Read(folder.Path, "text"),
            Throws.InstanceOf<FormatException>().With.Message.Contains("no IDX file")
        );
        Assert.That(
            () => IdxFile.Read(folder.Path, "half"),
            Throws.InstanceOf<FormatException>().With.Message.Contains("half")
        );
        Assert.That(
            () => IdxFile.Read(folder.Path, "longer"),
            Throws.InstanceOf<FormatException>().With.Message.Contains("longer")
        );
    }
}
