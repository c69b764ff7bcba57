using System.Collections.Generic;

namespace Lrp.Torch.Generator;

/// <summary>A row that could not be read: what is wrong, and in which line (counted from one).</summary>
internal sealed record RowError(int Line, string Message);

/// <summary>
/// A parsed operator table.
/// <list type="bullet">
/// <item><c>[torch.nn.functional]</c> opens a section: the rows that follow are members of that class.</item>
/// <item><c>signature = name.overload(arguments)</c> is a method that calls the operator <c>aten::name.overload</c>.</item>
/// <item><c>signature =&gt; expression</c> is a method, operator or property with that body.</item>
/// <item><c>///</c> before a row is its summary; a line that starts with blanks continues the row before it;
/// <c>#</c> starts a comment line.</item>
/// </list>
/// </summary>
internal sealed class OperatorTable
{
    private OperatorTable(string path)
    {
        Path = path;
    }

    /// <summary>The table's file.</summary>
    public string Path { get; }

    /// <summary>The rows that could be read, in the order of the file.</summary>
    public List<OperatorRow> Rows { get; } = new();

    /// <summary>What could not be read.</summary>
    public List<RowError> Errors { get; } = new();

    /// <summary>Reads a table; a row that cannot be read becomes an error, the others are kept.</summary>
    public static OperatorTable Parse(string path, string text)
    {
        var table = new OperatorTable(path);
        var lines = text.Replace("\r\n", "\n").Split('\n');
        string? container = null;
        var summary = string.Empty;

        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd();
            var number = i + 1;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line.StartsWith("///", System.StringComparison.Ordinal))
            {
                summary = (summary + " " + line.Substring(3).Trim()).Trim();
                continue;
            }

            if (line[0] == '[' && line[line.Length - 1] == ']')
            {
                container = line.Substring(1, line.Length - 2).Trim();
                continue;
            }

            while (i + 1 < lines.Length && lines[i + 1].Length > 0 && char.IsWhiteSpace(lines[i + 1][0])
                   && lines[i + 1].Trim().Length > 0)
            {
                line += " " + lines[++i].Trim();
            }

            if (container is null)
            {
                table.Errors.Add(new RowError(number, "A row before the first section: write [torch.Tensor] or the like above it."));
            }
            else if (OperatorRow.TryParse(container, number, summary, line.Trim(), out var row, out var problem))
            {
                table.Rows.Add(row!);
            }
            else
            {
                table.Errors.Add(new RowError(number, problem!));
            }

            summary = string.Empty;
        }

        return table;
    }
}
