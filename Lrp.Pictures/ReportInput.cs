namespace Lrp.Pictures;

/// <summary>An input in a report, shown as a column of its table.</summary>
/// <param name="Picture">The input as a picture.</param>
/// <param name="Caption">A text below the picture, for example the true class.</param>
public sealed record ReportInput(Picture Picture, string Caption)
{
    /// <summary>The model's predictions: labels and probabilities from 0 to 1, most probable first.</summary>
    public IReadOnlyList<(string Label, double Probability)> Predictions { get; init; } = [];
}
