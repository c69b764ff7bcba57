namespace Lrp.Pictures;

/// <summary>Texts beside a grid of pictures: above its columns and to the left of its rows.</summary>
public sealed record GridLabels
{
    /// <summary>One text per column, for example the digits; empty for none.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>One text per row, for example the methods; empty for none.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>The font size in pixels.</summary>
    public int Size { get; init; } = 14;

    /// <summary>The colour of the texts; black or white by default, whichever the background is farther from.</summary>
    public Rgb? Ink { get; init; }

    internal void CheckAgainst(int columns, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Size);
        ArgumentNullException.ThrowIfNull(Columns);
        ArgumentNullException.ThrowIfNull(Rows);
        Check("columns", columns, Columns);
        Check("rows", rows, Rows);

        static void Check(string what, int count, IReadOnlyList<string> texts)
        {
            if (texts.Count != 0 && texts.Count != count)
            {
                throw new ArgumentException(
                    $"The grid has {count} {what}, but {texts.Count} labels for them: give one for each, or none."
                );
            }
        }
    }
}
