namespace Lrp.Pictures;

/// <summary>Lines over a common axis in a report, the curves of pixel flipping for instance.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="XAxis">What runs to the right.</param>
/// <param name="YAxis">What runs upwards.</param>
/// <param name="Series">The lines: a name and points, in the order of x. Points that are NaN or infinite are left out, and so are
/// those beyond ±1e300, whose distance is no number.</param>
/// <param name="Note">A sentence above it on how to read it.</param>
public sealed record ReportChart(
    string Title, string XAxis, string YAxis, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> Series, string Note = "");
