using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>The page that lays methods side by side.</summary>
[TestFixture]
public sealed class HtmlReportTests
{
    [Test]
    public void ThePageAsksTheNetworkForNothing()
    {
        var html = Report().ToHtml();
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Not.Contain("http:").And.Not.Contain("https:").And.Not.Contain("url("));
            Assert.That(
                Regex.Matches(html, "src=\"([^\"]{0,22})").Select(match => match.Groups[1].Value),
                Is.All.EqualTo("data:image/png;base64,")
            );
        });
    }

    [Test]
    public void ThePageIsWellFormed()
    {
        var html = Report().ToHtml();
        var body = html[
            html.IndexOf("<main>", StringComparison.Ordinal)..(html.IndexOf("</main>", StringComparison.Ordinal) + 7)
        ];
        var closed = Regex.Replace(body, "(<img[^>]*)>", "$1/>");
        Assert.That(() => XDocument.Parse(closed), Throws.Nothing);
    }

    [Test]
    public void AMethodHasARowWithItsHeatmapsConservationScoresAndTime()
    {
        var row = Rows(Report().ToHtml()).Single();
        Assert.Multiple(() =>
        {
            Assert.That(row.Descendants("img").Count(), Is.EqualTo(2));
            Assert.That(
                row.Value,
                Does.Contain("LRP-ε")
                    .And.Contain("98.5 %")
                    .And.Contain("0.42")
                    .And.Contain("3.20 ms")
                    .And.Contain("Σ 8.1")
            );
        });
    }

    [Test]
    public void TextStaysText()
    {
        var report = new HtmlReport("<script>alert(1)</script>") { Introduction = "a < b" };
        Assert.That(report.ToHtml(), Does.Not.Contain("<script>").And.Contain("a &lt; b"));
    }

    [Test]
    public void AHeatmapForEachInputIsAskedFor()
    {
        var report = Report();
        report.Methods.Add(new ReportMethod("one too few", [new Picture(1, 1)]));
        Assert.That(
            report.ToHtml,
            Throws.InvalidOperationException.With.Message.Contains("'one too few' has 1 heatmaps")
        );
    }

    private static IEnumerable<XElement> Rows(string html)
    {
        var table = Regex.Match(html, "<tbody>.*?</tbody>", RegexOptions.Singleline).Value;
        return XElement.Parse(Regex.Replace(table, "(<img[^>]*)>", "$1/>")).Elements("tr");
    }

    private static HtmlReport Report()
    {
        var picture = new Picture(2, 2);
        var report = new HtmlReport("Methods") { Introduction = "First.\n\nSecond." };
        report.Inputs.Add(new ReportInput(picture, "a seven") { Predictions = [("7", 0.9), ("1", 0.1)] });
        report.Inputs.Add(new ReportInput(picture, "a two"));
        report.Methods.Add(
            new ReportMethod("LRP-ε", [picture, picture])
            {
                Description = "shares by contribution",
                Captions = ["Σ 8.1", "Σ 7.9"],
                Conservation = 0.985,
                TimePerInput = TimeSpan.FromMilliseconds(3.2),
                Scores = [("faithfulness", 0.42)],
            }
        );
        report.Charts.Add(
            new ReportChart(
                "Flipping",
                "share removed",
                "logit",
                [("LRP-ε", [(0, 9), (0.5, 2), (1, -1)]), ("random", [(0, 9), (1, -1)])]
            )
        );
        report.Tables.Add(
            new ReportTable(
                "Conservation",
                ["layer", "in"],
                [
                    ["conv1", "8.10"],
                ]
            )
        );
        return report;
    }
}
