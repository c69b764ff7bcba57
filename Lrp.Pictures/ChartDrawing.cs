using System.Globalization;
using System.Xml.Linq;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Lrp.Pictures;

/// <summary>A report's chart as SVG inside the page, drawn by ScottPlot: sharp in every size, a few kilobytes, and in the page's
/// colours by day and by night, which a PNG is not.</summary>
internal static class ChartDrawing
{
    /// <summary>The colours of text and of lines behind the curves; the page's style sheet knows them and has others for the dark.</summary>
    public const string Ink = "#6A717A";
    public const string Grid = "#E3E6EA";

    private const int Width = 860;
    private const int LeastHeight = 360;
    private const int HeightOfName = 24;
    private const int LongestName = 40;
    private const float LetterSize = 12;

    // What differs by less than this share of its size is drawn as equal: its labels on the axis would not differ.
    private const double LeastRange = 1e-9;

    // Colours that stay apart for colour-blind readers (Okabe and Ito 2008), on white and on black.
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b", "#7b5ea7"];
    private static readonly LinePattern[] Patterns = [LinePattern.Solid, LinePattern.DenselyDashed, LinePattern.Dotted];

    /// <summary>The chart as an <c>svg</c> element; null where it has no point.</summary>
    public static string? ToSvg(ReportChart chart)
    {
        (double X, double Y)[][] lines = [.. chart.Series.Select(series => series.Points.Where(IsDrawable).ToArray())];
        if (lines.All(points => points.Length == 0))
        {
            return null;
        }

        using var plot = new Plot();
        Style(plot, chart);
        (double left, double right) = Range(lines.SelectMany(points => points).Select(point => point.X), margin: 0.01);
        (double bottom, double top) = Range(lines.SelectMany(points => points).Select(point => point.Y), margin: 0.05);
        bool hasZeroLine = bottom < 0 && top > 0;
        if (hasZeroLine)
        {
            plot.Add.HorizontalLine(0, 1, Color.FromHex(Ink));
        }

        for (int i = 0; i < lines.Length; i++)
        {
            var line = plot.Add.ScatterLine(lines[i].Select(point => new Coordinates(point.X, point.Y)).ToArray());
            line.LegendText = Shortened(chart.Series[i].Name);
            line.Color = Color.FromHex(Colors[i % Colors.Length]);
            line.LinePattern = Patterns[i / Colors.Length % Patterns.Length];
            line.LineWidth = 2;
            line.MarkerSize = lines[i].Length == 1 ? 6 : 0;
        }

        plot.Axes.SetLimits(left, right, bottom, top);
        plot.Axes.Bottom.TickGenerator = Ticks(right - left);
        plot.Axes.Left.TickGenerator = Ticks(top - bottom);
        int height = Math.Max(LeastHeight, HeightOfName * chart.Series.Count);
        XElement svg = ForPage(XElement.Parse(plot.GetSvgXml(Width, height)), chart.Title, height);
        IEnumerable<string> names = chart.Series.Where((_, i) => lines[i].Length > 0).Select(series => series.Name);
        NameGroups(svg, hasZeroLine ? names.Prepend("0") : names);
        return svg.ToString(SaveOptions.DisableFormatting);
    }

    private static string Shortened(string name) => name.Length <= LongestName ? name : name[..(LongestName - 1)] + "…";

    private static bool IsDrawable((double X, double Y) point) => Math.Abs(point.X) < 1e300 && Math.Abs(point.Y) < 1e300;

    private static (double Low, double High) Range(IEnumerable<double> values, double margin)
    {
        double[] all = [.. values];
        (double low, double high) = (all.Min(), all.Max());
        double least = Math.Max(LeastRange * Math.Max(Math.Abs(low), Math.Abs(high)), 1e-300);
        double around = high - low < least ? (low == 0 ? 1 : Math.Max(Math.Abs(low) / 2, least)) : (high - low) * margin;
        return (low - around, high + around);
    }

    private static NumericAutomatic Ticks(double range) => new()
    {
        TickDensity = 0.6,
        MinorTickGenerator = new EvenlySpacedMinorTickGenerator(1),
        LabelFormatter = value => Math.Abs(value) < range * 1e-9 ? "0" : value.ToString("G12", CultureInfo.InvariantCulture),
    };

    private static void Style(Plot plot, ReportChart chart)
    {
        plot.FigureBackground.Color = ScottPlot.Colors.Transparent;
        plot.DataBackground.Color = ScottPlot.Colors.Transparent;
        plot.XLabel(chart.XAxis);
        plot.YLabel(chart.YAxis);
        plot.Axes.Color(Color.FromHex(Ink));
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Left.FrameLineStyle.Width = 0;
        plot.Axes.Left.MajorTickStyle.Length = 0;
        foreach (IAxis axis in new IAxis[] { plot.Axes.Left, plot.Axes.Bottom })
        {
            axis.Label.Bold = false;
            axis.Label.FontSize = LetterSize;
            axis.TickLabelStyle.FontSize = LetterSize;
        }

        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Color.FromHex(Grid);
        plot.ShowLegend(Edge.Right);
        plot.Legend.BackgroundColor = ScottPlot.Colors.Transparent;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = ScottPlot.Colors.Transparent;
        plot.Legend.FontColor = Color.FromHex(Ink);
        plot.Legend.FontName = PictureFont.Name;
        plot.Legend.FontSize = LetterSize;
        plot.Legend.SymbolWidth = 28;
        plot.Font.Set(PictureFont.Name);
    }

    /// <summary>ScottPlot's file as an element of a page: without what only a file needs, and as wide as there is room.</summary>
    private static XElement ForPage(XElement svg, string title, int height)
    {
        // Nothing lies outside the axes. Clipping would need names, and charts of one page would clip by each other's.
        svg.Descendants().Where(element => element.Name.LocalName == "clipPath").Remove();
        foreach (XElement element in svg.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
            element.Attributes().Where(attribute => attribute.IsNamespaceDeclaration || attribute.Name == "clip-path").Remove();
        }

        foreach (XElement text in svg.Descendants("text"))
        {
            text.Value = text.Value.Trim();
            text.SetAttributeValue("x", text.Attribute("x")!.Value.TrimEnd(' ', ','));
            text.SetAttributeValue("y", text.Attribute("y")!.Value.TrimEnd(' ', ','));
            text.SetAttributeValue("font-family", null);
        }

        svg.ReplaceAttributes(
            new XAttribute("class", "chart"),
            new XAttribute("viewBox", $"0 0 {Width} {height}"),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", title));
        return svg;
    }

    /// <summary>Gives each line its name, to be read when the mouse is over it: ScottPlot draws each in a group of its own, in order.</summary>
    private static void NameGroups(XElement svg, IEnumerable<string> names)
    {
        foreach ((XElement group, string name) in svg.Elements("g").Zip(names))
        {
            group.AddFirst(new XElement("title", name));
        }
    }
}
