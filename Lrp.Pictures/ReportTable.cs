namespace Lrp.Pictures;

/// <summary>A table of texts in a report, for example the conservation of each layer.</summary>
/// <param name="Title">The heading of the table.</param>
/// <param name="Columns">The columns' headings.</param>
/// <param name="Rows">
/// The rows, each with one text per column; texts that begin with a digit or a sign are aligned right.
/// </param>
/// <param name="Note">A sentence above the table that says how to read it.</param>
public sealed record ReportTable(
    string Title,
    IReadOnlyList<string> Columns,
    IReadOnlyList<IReadOnlyList<string>> Rows,
    string Note = ""
);
