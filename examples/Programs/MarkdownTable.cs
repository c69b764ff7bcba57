using Spectre.Console;

namespace Programs;

/// <summary>A table for the console that is also Markdown, so that it can be pasted into a report.</summary>
public sealed class MarkdownTable
{
    // A row must be one line in Markdown, so no row is wrapped, however wide it is.
    private const int WidestLine = 100_000;

    private readonly Table _table = new Table().MarkdownBorder();

    /// <summary>Adds columns of text.</summary>
    /// <param name="headings">The headings of the columns.</param>
    public MarkdownTable Texts(params IEnumerable<string> headings) => Columns(headings, Justify.Left);

    /// <summary>Adds columns of numbers, which are aligned right.</summary>
    /// <param name="headings">The headings of the columns.</param>
    public MarkdownTable Numbers(params IEnumerable<string> headings) => Columns(headings, Justify.Right);

    /// <summary>Adds a row.</summary>
    /// <param name="cells">The cells, one per column.</param>
    public void Add(params IEnumerable<string> cells)
    {
        Text[] row = [.. cells.Select(Cell)];
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _table.Columns.Count, nameof(cells));
        _table.AddRow(row);
    }

    /// <summary>The table, without colours.</summary>
    public override string ToString()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var page = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(text),
            }
        );
        page.Profile.Width = WidestLine;
        page.Write(_table);

        // The border adds an empty line above and below the table.
        return text.ToString().Trim();
    }

    private static Text Cell(string text) => new(text.Replace("|", "\\|").ReplaceLineEndings(" "));

    private MarkdownTable Columns(IEnumerable<string> headings, Justify alignment)
    {
        foreach (var heading in headings)
        {
            _table.AddColumn(new TableColumn(Cell(heading)) { Alignment = alignment, NoWrap = true });
        }

        return this;
    }
}
