namespace Lrp.Pictures;

/// <summary>A table of texts in a report, conservation a layer for instance.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Columns">The columns' headings.</param>
/// <param name="Rows">The rows, each with as many texts as there are columns; texts that begin with a digit or a sign are set right.</param>
/// <param name="Note">A sentence above it on how to read it.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note = "");
