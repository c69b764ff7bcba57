using System.Text;

namespace Lrp.Core;

/// <summary>Columns of text, padded to line up.</summary>
internal static class TextTable
{
    public static string Format(IReadOnlyList<string[]> rows)
    {
        var columns = rows.Max(row => row.Length);
        var widths = Enumerable
            .Range(0, columns)
            .Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))
            .ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])));
            text.Append(line.TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
