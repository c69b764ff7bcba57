using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>The lines of a report, as ScottPlot draws them.</summary>
[TestFixture]
public sealed class ReportChartTests
{
    [Test]
    public void EachLineIsDrawnAndNamed()
    {
        var svg = Draw(("LRP-ε <b>", [(0, 9), (0.5, 2), (1, -1)]), ("random", [(0, 9), (1, -1)]));
        Assert.Multiple(() =>
        {
            string[] names = [.. svg.Descendants("title").Select(title => title.Value)];
            Assert.That(names, Is.EqualTo(new[] { "LRP-ε <b>", "random" }));
            Assert.That(Line(svg, "LRP-ε <b>"), Does.StartWith("M").And.Match("^M[^L]+L[^L]+L[^L]+$"));
            Assert.That(Line(svg, "random"), Does.Match("^M[^L]+L[^L]+$"));
            Assert.That(Texts(svg), Does.Contain("share removed").And.Contain("logit"));
            Assert.That(svg.Attribute("aria-label")!.Value, Is.EqualTo("Flipping"));
        });
    }

    [Test]
    public void APointStandsWhereItsNumbersSay()
    {
        var svg = Draw(("a", [(0, 0), (1, 10), (2, 20)]));
        var numbers = Line(svg, "a").Split(['M', 'L', ' '], StringSplitOptions.RemoveEmptyEntries);
        double[] at = [.. numbers.Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        Assert.That(at[2] - at[0], Is.EqualTo(at[4] - at[2]).Within(0.01).And.Positive, "to the right in equal steps");
        Assert.That(at[1] - at[3], Is.EqualTo(at[3] - at[5]).Within(0.01).And.Positive, "upwards in equal steps");
    }

    [Test]
    public void ALineOfManyHasAColourOrDashesOfItsOwn()
    {
        (double, double)[] points = [(0, 1), (1, 2)];
        var svg = Draw([.. Enumerable.Range(0, 10).Select(i => ($"line {i}", points))]);
        XElement[] groups = [.. svg.Descendants("title").Select(title => title.Parent!)];
        Assert.That(groups, Has.Length.EqualTo(10));
        Assert.That(groups.Select(Look), Is.Unique);

        static string Look(XElement group) =>
            group.Element("path")!.Attribute("stroke")!.Value + group.Attribute("stroke-dasharray")?.Value;
    }

    [Test]
    public void WhatIsNanOrInfiniteOrTooLargeToSubtractIsLeftOut()
    {
        var svg = Draw(
            ("a", [(0, 1), (1, double.NaN), (2, double.PositiveInfinity), (3, 1e308), (double.NaN, 1), (4, 2)]),
            ("b", [(1, double.NaN)])
        );
        Assert.Multiple(() =>
        {
            Assert.That(Line(svg, "a"), Does.Match("^M[^L]+L[^L]+$"), "two points are left");
            Assert.That(svg.ToString(), Does.Not.Contain("NaN").And.Not.Contain("Infinity").And.Not.Contain("∞"));
        });
    }

    [Test]
    public void AChartWithoutAPointIsNotDrawn()
    {
        Assert.That(ChartDrawing.ToHtml(new ReportChart("empty", "x", "y", [])), Is.Empty);
        Assert.That(ChartDrawing.ToHtml(new ReportChart("nan", "x", "y", [("a", [(0, double.NaN)])])), Is.Empty);
    }

    [Test]
    public void ASinglePointIsSeen() =>
        Assert.That(Draw(("a", [(2, 3)])).Descendants("title").Single().Parent!.Elements().Count(), Is.GreaterThan(1));

    // Steps between numbers of this size are larger than a step between the axis's labels would have to be.
    [TestCase(1e15, 1)]
    [TestCase(1e17, 16)]
    [TestCase(1e17, 0)]
    [TestCase(-1e17, 16)]
    [TestCase(1e20, 20000)]
    [TestCase(9e299, 0)]
    [TestCase(-9e299, 1.8e300)]
    [TestCase(1e9, 1)]
    [TestCase(1e6, 0.1)]
    [TestCase(0, 0)]
    [TestCase(5e-324, 5e-324)]
    [TestCase(1e-200, 1e-200)]
    public void LargeNearlyConstantOrTinyValuesAreDrawnOnAxesThatCanBeRead(double value, double step)
    {
        (double, double)[] points = [(0, value), (1, value + (step / 2)), (2, value + step)];
        (double, double)[] turned = [.. points.Select(point => (point.Item2, point.Item1))];
        foreach (var line in new[] { points, turned })
        {
            var drawing = Task.Run(() => Draw(("a", line)));
            Assert.That(drawing.Wait(TimeSpan.FromSeconds(60)), Is.True, "the chart is drawn at all");
            string[] labels = [.. Texts(drawing.Result).Where(text => !char.IsAsciiLetter(text[0]))];
            Assert.That(labels, Has.Length.InRange(4, 60));
            var numbers = Line(drawing.Result, "a");
            Assert.That(numbers, Does.Not.Contain("nan").IgnoreCase.And.Not.Contain("inf").IgnoreCase);
        }
    }

    [Test]
    public void LabelsOfNearlyConstantValuesDiffer()
    {
        var svg = Draw(("a", [(0, 1e9), (1, 1e9 + 1), (2, 1e9 + 2)]));
        string[] labels = [.. Texts(svg).Where(text => text.StartsWith("1000000", StringComparison.Ordinal))];
        Assert.That(labels, Has.Length.GreaterThan(2).And.Unique);
    }

    [Test]
    public void LabelsAreTheSameInEveryCulture()
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.That(Texts(Draw(("a", [(0, 0.5), (1, 12345.5)]))), Does.Contain("0.2").And.Contain("10000"));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    // A control character, a line break, letters that the typeface lacks, and markup.
    [TestCase("a\u0001b", "ab", "a□b")]
    [TestCase("a\nb", "a\nb", "a□b")]
    [TestCase("模型 🙂", "模型 🙂", "□□ □")]
    [TestCase("<b>&\"", "<b>&\"", "<b>&\"")]
    public void AnyTextIsAName(string text, string hovered, string axis)
    {
        var html = ChartDrawing.ToHtml(new ReportChart(text, text, text, [(text, [(0, 1), (1, 2)])]));
        var svg = XElement.Parse(html[..html.IndexOf("<ul", StringComparison.Ordinal)]);
        Assert.Multiple(() =>
        {
            Assert.That(svg.Descendants("title").Single().Value, Is.EqualTo(hovered));
            Assert.That(Texts(svg).Count(label => label == axis), Is.EqualTo(2), "on both axes");
            Assert.That(WebUtility.HtmlDecode(html), Does.Contain($"</svg>{text}</li>"), "in the legend");
        });
    }

    [Test]
    public void HalfOfACharacterIsNoError()
    {
        var half = string.Concat("a", '\ud800', "b");
        var html = ChartDrawing.ToHtml(new ReportChart(half, half, half, [(half, [(0, 1), (1, 2)])]));
        Assert.That(html, Does.Contain("<title>a\ufffdb</title>").And.Not.Contain(half));
    }

    [Test]
    public void ChartsOfOnePageShareNoNames()
    {
        var report = new HtmlReport("t");
        report.Charts.Add(new ReportChart("one", "x", "y", [("a", [(0, 1), (1, 1000)])]));
        report.Charts.Add(new ReportChart("two", "x", "y", [("a", [(0, 1), (1, 2)])]));
        Assert.That(report.ToHtml(), Does.Not.Contain(" id=").And.Not.Contain("url(").And.Not.Contain("xmlns"));
    }

    private static XElement Draw(params (string Name, (double X, double Y)[] Points)[] lines)
    {
        var series = lines.Select(line => (line.Name, (IReadOnlyList<(double X, double Y)>)line.Points));
        var html = ChartDrawing.ToHtml(new ReportChart("Flipping", "share removed", "logit", [.. series]));
        return XElement.Parse(html[..html.IndexOf("<ul", StringComparison.Ordinal)]);
    }

    private static string Line(XElement svg, string name) =>
        svg.Descendants("title").Single(title => title.Value == name).Parent!.Element("path")!.Attribute("d")!.Value;

    private static string[] Texts(XElement svg) => [.. svg.Descendants("text").Select(text => text.Value)];
}
