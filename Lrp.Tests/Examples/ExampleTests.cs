using System.Globalization;
using System.IO.Compression;
using Digits;

namespace Lrp.Tests.Examples;

/// <summary>What the example programs share.</summary>
[TestFixture]
public sealed class ExampleTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateDirectory(
        Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid().ToString("N"))).FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, true);

    [Test]
    public void A_table_is_aligned_and_markdown_with_numbers_to_the_right()
    {
        var table = new MarkdownTable("rule", "share");
        table.Add("ZPlus", 12.5);
        table.Add("Flat", "-");
        Assert.That(table.ToString().Split('\n'), Is.EqualTo(new[]
        {
            "| rule  | share |",
            "| ----- | ----: |",
            "| ZPlus |  12.5 |",
            "| Flat  |     - |",
        }));
    }

    [Test]
    public void Numbers_are_written_the_same_in_every_country()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("de-DE");
        try
        {
            var table = new MarkdownTable("x");
            table.Add(0.5);
            Assert.That(table.Rows[0][0], Is.EqualTo("0.5"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void An_idx_file_is_read_plain_and_compressed()
    {
        byte[] idx = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        File.WriteAllBytes(Path.Combine(_folder, "plain"), idx);
        using (var gzip = new GZipStream(File.Create(Path.Combine(_folder, "packed.gz")), CompressionMode.Compress))
        {
            gzip.Write(idx);
        }

        foreach (string name in new[] { "plain", "packed" })
        {
            IdxFile file = IdxFile.Read(_folder, name);
            Assert.That(file.Shape, Is.EqualTo(new[] { 2, 3 }));
            Assert.That(file.Bytes, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
        }
    }

    [Test]
    public void A_file_that_is_not_there_or_no_idx_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "text"), "hello");
        Assert.That(() => IdxFile.Read(_folder, "train-images-idx3-ubyte"), Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("train-images-idx3-ubyte"));
        Assert.That(() => IdxFile.Read(_folder, "text"), Throws.InstanceOf<FormatException>().With.Message.Contains("no IDX file"));
    }

    [Test]
    public void The_output_folder_is_the_one_after_out_and_is_made()
    {
        string folder = Path.Combine(_folder, "a", "b");
        Assert.That(OutputFolder.From(["--out", folder]), Is.EqualTo(folder));
        Assert.That(Directory.Exists(folder), Is.True);
        Assert.That(() => OutputFolder.From(["--quick"]), Throws.ArgumentException.With.Message.Contains("--out DIR"));
    }
}
