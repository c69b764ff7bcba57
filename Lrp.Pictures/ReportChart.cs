namespace Lrp.Pictures;

/// <summary>Lines over a common axis in a report, for example the curves of pixel flipping.</summary>
/// <param name="Title">The heading of the chart.</param>
/// <param name="XAxis">The label of the horizontal axis.</param>
/// <param name="YAxis">The label of the vertical axis.</param>
/// <param name="Series">
/// The lines: for each a name, and points in the order of x. Points that are NaN, infinite or beyond ±1e300 are left
/// out.
/// </param>
/// <param name="Note">A sentence above the chart that says how to read it.</param>
public sealed record ReportChart(
    string Title,
    string XAxis,
    string YAxis,
    IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> Series,
    string Note = ""
);
