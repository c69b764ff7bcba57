using System.Globalization;

namespace Digits;

/// <summary>A table for the console that is Markdown at the same time, so that it can be pasted into a report.</summary>
public sealed class MarkdownTable
{
    private readonly string[] _columns;
    private readonly List<string[]> _rows = [];

    /// <summary>A table with these headings.</summary>
    /// <param name="columns">The headings.</param>
    public MarkdownTable(params string[] columns) => _columns = columns;

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">As many as there are columns; numbers are written the same in every country.</param>
    public void Add(params object[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, _columns.Length);
        _rows.Add([.. cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? string.Empty)]);
    }

    /// <summary>The table; columns of numbers are set right.</summary>
    public override string ToString()
    {
        int[] widths = [.. _columns.Select((heading, i) => _rows.Select(row => row[i].Length).Append(heading.Length).Append(3).Max())];
        bool[] numbers = [.. _columns.Select((_, i) => _rows.Count > 0 && _rows.All(row => IsNumber(row[i])))];
        var lines = new List<string>
        {
            Line(_columns),
            "|" + string.Join('|', widths.Select((width, i) => " " + new string('-', width - 1) + (numbers[i] ? ":" : "-") + " ")) + "|",
        };
        lines.AddRange(_rows.Select(Line));
        return string.Join('\n', lines);

        string Line(string[] cells) =>
            "| " + string.Join(" | ", cells.Select((cell, i) => numbers[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))) + " |";
    }

    private static bool IsNumber(string cell) => cell.Length == 0 || cell == "-" || char.IsAsciiDigit(cell.TrimStart('-', '+').FirstOrDefault());
}
