using Lrp.Benchmarks.Reporting;

namespace Lrp.Tests.Benchmarks;

/// <summary>A report as JSON and as Markdown.</summary>
[TestFixture]
public sealed class ReportTests
{
    private static readonly Report Example = new(
        new Machine("A processor", 2, "Linux X64", 1, "2.10.0.0", "0.107.0", ".NET 10", 0.5),
        61.4,
        [
            new Row("lrp/net/batch1", "lrp/net/batch1/Epsilon", "forward and gradient")
            {
                Time = new(0.5, 0.55, new Ratio(1.1, 1.05, 1.2, 4)),
                Processor = new(0.49, 0.54, new Ratio(1.11, 1.1, 1.12, 4)),
                Memory = new(1 << 30, 1.5 * (1 << 30), new Ratio(1.5, 1.5, 1.5, 3)),
            },
            new Row("probe", "probe/L-BFGS", "Adam")
            {
                Time = new(2, 0.00042, new Ratio(0.00021, 0.0002, 0.0003, 3)),
                Note = "accuracy 0.9",
            },
        ],
        ["scaling/depth64"]
    );

    [Test]
    public void JsonReadsBackAsItWasWritten()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "benchmark-report", "report.json");
        Example.Write(path);
        var read = Report.Read(path);
        Assert.That(read.Rows, Is.EqualTo(Example.Rows));
        Assert.That(read.Machine, Is.EqualTo(Example.Machine));
        Assert.That(read.LeftOut, Is.EqualTo(Example.LeftOut));
        Assert.That(read.Seconds, Is.EqualTo(Example.Seconds));
    }

    [TestCase("[1]")]
    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("not JSON")]
    public void AnotherFileIsRefusedByName(string content)
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "other.json");
        File.WriteAllText(path, content);
        Assert.That(() => Report.Read(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(path));
    }

    [Test]
    public void MarkdownHasAHeadingLineTablesAndWhatWasLeftOut() =>
        Assert.That(
            Markdown.Of(Example).ReplaceLineEndings("\n"),
            Is.EqualTo(
                """
                A processor, 2 processors, Linux X64; 1 thread; libtorch 2.10.0.0, TorchSharp 0.107.0, .NET 10; load 0.5 at the start; 61 s in all.

                | lrp | time | ratio (spread) | processor time | ratio (spread) | peak memory | ratio (spread) | rounds |
                | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
                | lrp/net/batch1: forward and gradient | 500 ms |  | 490 ms |  | 1024 MiB |  |  |
                | lrp/net/batch1/Epsilon | 550 ms | 1.10 (1.05 to 1.20) | 540 ms | 1.11 (1.10 to 1.12) | 1536 MiB | 1.50 (1.50 to 1.50) | 4 and 3 |

                | probe | time | ratio (spread) | processor time | ratio (spread) | peak memory | ratio (spread) | rounds |
                | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
                | probe: Adam | 2.00 s |  |  |  |  |  |  |
                | probe/L-BFGS | 420 µs | 0.00 (0.00 to 0.00) |  |  |  |  | 3 |

                probe/L-BFGS: accuracy 0.9.

                Left out for lack of time: scaling/depth64.

                """
            )
        );
}
