namespace Lrp.Pictures;

/// <summary>A separate picture in a report.</summary>
/// <param name="Picture">The picture, shown in its original size.</param>
/// <param name="Caption">A text that says what the picture shows.</param>
public sealed record ReportFigure(Picture Picture, string Caption);
