using System.Globalization;
using System.Text;

namespace Lrp.Benchmarks.Reporting;

/// <summary>Formats a report as Markdown, for use in a page.</summary>
internal static class Markdown
{
    private static readonly string[] Columns =
    [
        "time",
        "ratio (spread)",
        "processor time",
        "ratio (spread)",
        "peak memory",
        "ratio (spread)",
        "rounds",
    ];

    /// <summary>One line about the machine, one table per kind of benchmark, and the measurements left out.</summary>
    public static string Of(Report report)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.Machine}; {report.Seconds:F0} s in all.");
        foreach (var kind in report.Rows.GroupBy(row => row.Name.Split('/')[0]))
        {
            text.AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"| {kind.Key} | {string.Join(" | ", Columns)} |");
            text.AppendLine(CultureInfo.InvariantCulture, $"| --- {string.Concat(Columns.Select(_ => "| ---: "))}|");
            foreach (var group in kind.GroupBy(row => row.Group))
            {
                Line(text, $"{group.Key}: {group.First().Plain}", PlainCells([.. group]));
                foreach (var row in group)
                {
                    Line(text, row.Name, Cells(row));
                }
            }

            foreach (var row in kind.Where(row => row.Note is not null))
            {
                text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{row.Name}: {row.Note}.");
            }
        }

        if (report.LeftOut.Count > 0)
        {
            text.AppendLine()
                .AppendLine(
                    CultureInfo.InvariantCulture,
                    $"Left out for lack of time: {string.Join("; ", report.LeftOut)}."
                );
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, IEnumerable<string> cells) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", cells)} |");

    private static IEnumerable<string> PlainCells(IReadOnlyList<Row> rows) =>
        [
            Time(rows.Select(row => row.Time?.Plain).FirstOrDefault(value => value is not null)),
            "",
            Time(rows.Select(row => row.Processor?.Plain).FirstOrDefault(value => value is not null)),
            "",
            Memory(rows.Select(row => row.Memory?.Plain).FirstOrDefault(value => value is not null)),
            "",
            "",
        ];

    private static IEnumerable<string> Cells(Row row) =>
        [
            Time(row.Time?.Own),
            WithSpread(row.Time?.Ratio),
            Time(row.Processor?.Own),
            WithSpread(row.Processor?.Ratio),
            Memory(row.Memory?.Own),
            WithSpread(row.Memory?.Ratio),
            string.Join(" and ", new[] { row.Time, row.Memory }.OfType<Compared>().Select(one => one.Ratio.Rounds)),
        ];

    private static string WithSpread(Ratio? ratio) =>
        ratio is null ? "" : $"{Number(ratio.Median)} ({Number(ratio.Low)} to {Number(ratio.High)})";

    private static string Number(double ratio) => ratio.ToString("F2", CultureInfo.InvariantCulture);

    private static string Memory(double? bytes) =>
        bytes is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count / (1 << 20):F0} MiB") : "";

    private static string Time(double? seconds)
    {
        if (seconds is not { } value)
        {
            return "";
        }

        var (factor, unit) =
            value >= 1 ? (1, "s")
            : value >= 1e-3 ? (1e3, "ms")
            : (1e6, "µs");
        var digits =
            value * factor >= 100 ? "F0"
            : value * factor >= 10 ? "F1"
            : "F2";
        return $"{(value * factor).ToString(digits, CultureInfo.InvariantCulture)} {unit}";
    }
}
