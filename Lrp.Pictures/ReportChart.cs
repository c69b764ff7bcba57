using System.Globalization;
using System.Net;
using System.Text;

namespace Lrp.Pictures;

/// <summary>Lines over a common axis in a report, the curves of pixel flipping for instance.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="XAxis">What runs to the right.</param>
/// <param name="YAxis">What runs upwards.</param>
/// <param name="Series">The lines: a name and points, in the order of x.</param>
/// <param name="Note">A sentence above it on how to read it.</param>
public sealed record ReportChart(
    string Title, string XAxis, string YAxis, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> Series, string Note = "")
{
    private const double Width = 720;
    private const double Height = 340;
    private const double Left = 62;
    private const double Right = 14;
    private const double Top = 12;
    private const double Bottom = 46;

    // Colours that stay apart for colour-blind readers (Okabe and Ito 2008), on white and on black.
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b", "#7b5ea7"];
    private static readonly string[] Dashes = ["", "7 3", "2 3"];

    internal void AppendTo(StringBuilder html)
    {
        (double X, double Y)[] points = [.. Series.SelectMany(series => series.Points).Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))];
        if (points.Length == 0)
        {
            return;
        }

        (double xLow, double xHigh, double xStep) = Ticks(points.Min(point => point.X), points.Max(point => point.X));
        (double yLow, double yHigh, double yStep) = Ticks(points.Min(point => point.Y), points.Max(point => point.Y));
        double X(double x) => Left + ((x - xLow) / (xHigh - xLow) * (Width - Left - Right));
        double Y(double y) => Height - Bottom - ((y - yLow) / (yHigh - yLow) * (Height - Top - Bottom));

        html.Append(CultureInfo.InvariantCulture, $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(Title)}\">\n");
        for (double y = yLow; y <= yHigh + (yStep / 2); y += yStep)
        {
            Line(html, Left, Y(y), Width - Right, Y(y), Math.Abs(y) < yStep / 1e6 ? "axis" : "grid");
            Text(html, Left - 8, Y(y) + 4, "end", Number(y, yStep));
        }

        for (double x = xLow; x <= xHigh + (xStep / 2); x += xStep)
        {
            Line(html, X(x), Height - Bottom, X(x), Height - Bottom + 4, "axis");
            Text(html, X(x), Height - Bottom + 18, "middle", Number(x, xStep));
        }

        Line(html, Left, Height - Bottom, Width - Right, Height - Bottom, "axis");
        Text(html, (Left + Width - Right) / 2, Height - 8, "middle", XAxis);
        html.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(14 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{WebUtility.HtmlEncode(YAxis)}</text>\n");
        for (int i = 0; i < Series.Count; i++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{Colors[i % Colors.Length]}\" stroke-dasharray=\"{DashOf(i)}\" stroke-width=\"2\" stroke-linejoin=\"round\" points=\"");
            foreach ((double x, double y) in Series[i].Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)))
            {
                html.Append(CultureInfo.InvariantCulture, $"{X(x):0.#},{Y(y):0.#} ");
            }

            html.Append(CultureInfo.InvariantCulture, $"\"><title>{WebUtility.HtmlEncode(Series[i].Name)}</title></polyline>\n");
        }

        html.Append("</svg>\n<ul class=\"legend\">");
        for (int i = 0; i < Series.Count; i++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<li><svg viewBox=\"0 0 26 8\"><line x1=\"0\" y1=\"4\" x2=\"26\" y2=\"4\" stroke=\"{Colors[i % Colors.Length]}\" stroke-dasharray=\"{DashOf(i)}\" stroke-width=\"2.5\"/></svg>{WebUtility.HtmlEncode(Series[i].Name)}</li>");
        }

        html.Append("</ul>\n");
    }

    private static string DashOf(int series) => Dashes[series / Colors.Length % Dashes.Length];

    /// <summary>Round numbers around a range, four to eight steps of 1, 2 or 5 times a power of ten.</summary>
    private static (double Low, double High, double Step) Ticks(double low, double high)
    {
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high)))
        {
            (low, high) = (low - 0.5, high + 0.5);
        }

        double rough = (high - low) / 5;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        return (Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step, step);
    }

    private static string Number(double value, double step)
    {
        int digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 6);
        return (Math.Abs(value) < step / 1e6 ? 0 : value).ToString("F" + digits, CultureInfo.InvariantCulture);
    }

    private static void Line(StringBuilder html, double x1, double y1, double x2, double y2, string style) =>
        html.Append(CultureInfo.InvariantCulture, $"<line class=\"{style}\" x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\"/>\n");

    private static void Text(StringBuilder html, double x, double y, string anchor, string text) =>
        html.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>\n");
}
