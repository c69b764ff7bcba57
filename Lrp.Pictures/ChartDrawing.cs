using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Lrp.Pictures;

/// <summary>
/// Draws a report's chart with ScottPlot, as SVG inside the page. Unlike a PNG, it is sharp at every size, takes a few
/// kilobytes, and follows the page's light or dark colours.
/// </summary>
/// <remarks>
/// The legend is written as HTML: ScottPlot's legend omits characters that its typeface lacks, and long names leave too
/// little space for the lines.
/// </remarks>
internal static class ChartDrawing
{
    // The colour of the text; the style sheet of the page replaces it and the grid's colour in dark mode.
    private const string Ink = "#6A717A";
    private const string Grid = "#E3E6EA";

    private const int Width = 860;
    private const int Height = 360;
    private const float LetterSize = 13;

    // Values are drawn as equal if they differ by less than this relative amount: their axis labels would be the same.
    private const double LeastRange = 1e-9;

    // The difference of two numbers with larger absolute values could overflow.
    private const double Largest = 1e300;

    // Colours that colour-blind readers can distinguish (Okabe and Ito 2008), on white and on black.
    private static readonly string[] LineColors =
    [
        "#0072b2",
        "#d55e00",
        "#009e73",
        "#cc79a7",
        "#e69f00",
        "#56b4e9",
        "#8a6d3b",
        "#7b5ea7",
    ];

    private static readonly string?[] Dashes = [null, "7 3", "2 3"];

    /// <summary>The chart as HTML: an <c>svg</c> element and a legend; empty if the chart has no points.</summary>
    public static string ToHtml(ReportChart chart)
    {
        Coordinates[][] lines = [.. chart.Series.Select(series => Drawable(series.Points))];
        Coordinates[] points = [.. lines.SelectMany(line => line)];
        if (points.Length == 0)
        {
            return string.Empty;
        }

        using var plot = new Plot();
        Style(plot, chart);
        var (left, right) = Range(points.Select(point => point.X), margin: 0.01);
        var (bottom, top) = Range(points.Select(point => point.Y), margin: 0.05);
        plot.Axes.SetLimits(left, right, bottom, top);
        plot.Axes.Bottom.TickGenerator = Ticks(right - left);
        plot.Axes.Left.TickGenerator = Ticks(top - bottom);
        var hasZero = bottom < 0 && top > 0;
        if (hasZero)
        {
            plot.Add.HorizontalLine(0, 1, Color.FromHex(Ink));
        }

        int[] drawn = [.. Enumerable.Range(0, lines.Length).Where(i => lines[i].Length > 0)];
        foreach (var i in drawn)
        {
            var line = plot.Add.ScatterLine(lines[i], Color.FromHex(ColorOf(i)));
            line.LineWidth = 2;
            line.MarkerSize = lines[i].Length == 1 ? 6 : 0;
        }

        var svg = ForPage(XElement.Parse(plot.GetSvgXml(Width, Height)), chart.Title);
        Finish(svg.Elements("g").Skip(hasZero ? 1 : 0), drawn, chart);
        return svg.ToString(SaveOptions.DisableFormatting) + Legend(chart);
    }

    private static string ColorOf(int line) => LineColors[line % LineColors.Length];

    private static string? DashesOf(int line) => Dashes[line / LineColors.Length % Dashes.Length];

    private static Coordinates[] Drawable(IEnumerable<(double X, double Y)> points) =>
        [
            .. from point in points
            where Math.Abs(point.X) < Largest && Math.Abs(point.Y) < Largest
            select new Coordinates(point.X, point.Y),
        ];

    private static (double Low, double High) Range(IEnumerable<double> values, double margin)
    {
        double[] all = [.. values];
        var (low, high) = (all.Min(), all.Max());
        var least = Math.Max(LeastRange * Math.Max(Math.Abs(low), Math.Abs(high)), 1 / Largest);
        if (high - low >= least)
        {
            var edge = (high - low) * margin;
            return (low - edge, high + edge);
        }

        var around = low == 0 ? 1 : Math.Max(Math.Abs(low) / 2, least);
        return (low - around, high + around);
    }

    private static NumericAutomatic Ticks(double range) =>
        new()
        {
            TickDensity = 0.8,
            MinorTickGenerator = new EvenlySpacedMinorTickGenerator(1),
            LabelFormatter = value =>
                Math.Abs(value) < range * 1e-9 ? "0" : value.ToString("G12", CultureInfo.InvariantCulture),
        };

    private static void Style(Plot plot, ReportChart chart)
    {
        plot.FigureBackground.Color = Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Color(Color.FromHex(Ink));
        plot.Axes.Left.Label.Text = Writable(chart.YAxis);
        plot.Axes.Bottom.Label.Text = Writable(chart.XAxis);
        foreach (var axis in new IAxis[] { plot.Axes.Left, plot.Axes.Bottom })
        {
            axis.Label.Bold = false;
            axis.Label.FontSize = LetterSize;
            axis.TickLabelStyle.FontSize = LetterSize;
        }

        foreach (var axis in new IAxis[] { plot.Axes.Left, plot.Axes.Right, plot.Axes.Top })
        {
            axis.FrameLineStyle.Width = 0;
            axis.MajorTickStyle.Length = 0;
        }

        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Color.FromHex(Grid);
        plot.HideLegend();
        plot.Font.Set(PictureFont.Name);
    }

    /// <summary>Replaces characters that the typeface lacks by boxes; the SVG would omit them.</summary>
    private static string Writable(string text) =>
        string.Concat(
            text.EnumerateRunes().Select(rune => PictureFont.Typeface.ContainsGlyph(rune.Value) ? rune.ToString() : "□")
        );

    /// <summary>Converts ScottPlot's file to an element of a page that is as wide as the space allows.</summary>
    private static XElement ForPage(XElement svg, string title)
    {
        // Nothing lies outside the axes, so clipping is not needed. It would also need names that are unique in a page.
        svg.Descendants().Where(element => element.Name.LocalName == "clipPath").Remove();
        foreach (var element in svg.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
            element.Attributes("clip-path").Remove();
            element.Attributes().Where(attribute => attribute.IsNamespaceDeclaration).Remove();
        }

        foreach (var text in svg.Descendants("text"))
        {
            text.Value = text.Value.Trim();
            text.SetAttributeValue("x", text.Attribute("x")!.Value.TrimEnd(' ', ','));
            text.SetAttributeValue("y", text.Attribute("y")!.Value.TrimEnd(' ', ','));
            text.SetAttributeValue("font-family", null);
        }

        svg.ReplaceAttributes(
            new XAttribute("class", "chart"),
            new XAttribute("viewBox", $"0 0 {Width} {Height}"),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", ForXml(title))
        );
        return svg;
    }

    /// <summary>
    /// Gives each line its dashes, and its name as a tooltip. ScottPlot draws each line in its own group, in order, and
    /// would draw dashes as hundreds of small shapes.
    /// </summary>
    private static void Finish(IEnumerable<XElement> groups, IEnumerable<int> drawn, ReportChart chart)
    {
        foreach (var (group, line) in groups.Zip(drawn))
        {
            group.SetAttributeValue("stroke-dasharray", DashesOf(line));
            group.AddFirst(new XElement("title", ForXml(chart.Series[line].Name)));
        }
    }

    private static string ForXml(string text) =>
        string.Concat(text.EnumerateRunes().Where(rune => !rune.IsBmp || XmlConvert.IsXmlChar((char)rune.Value)));

    private static string Legend(ReportChart chart)
    {
        var html = new StringBuilder("\n<ul class=\"legend\">");
        for (var i = 0; i < chart.Series.Count; i++)
        {
            var (color, dashes) = (ColorOf(i), DashesOf(i));
            html.Append(
                "<li><svg viewBox=\"0 0 26 8\"><line x2=\"26\" y1=\"4\" y2=\"4\" "
                    + $"stroke=\"{color}\" "
                    + $"stroke-dasharray=\"{dashes}\"/></svg>{WebUtility.HtmlEncode(chart.Series[i].Name)}</li>"
            );
        }

        return html.Append("</ul>\n").ToString();
    }
}
