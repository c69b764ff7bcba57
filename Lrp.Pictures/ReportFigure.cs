namespace Lrp.Pictures;

/// <summary>A picture of its own in a report.</summary>
/// <param name="Picture">The picture, shown in its own size.</param>
/// <param name="Caption">What it shows.</param>
public sealed record ReportFigure(Picture Picture, string Caption);
