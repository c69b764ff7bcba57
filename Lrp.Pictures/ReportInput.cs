namespace Lrp.Pictures;

/// <summary>An input in a report: a column of its table.</summary>
/// <param name="Picture">What the model saw.</param>
/// <param name="Caption">What it is, the true class for instance.</param>
public sealed record ReportInput(Picture Picture, string Caption)
{
    /// <summary>What the model made of it: labels and probabilities from 0 to 1, the most probable first.</summary>
    public IReadOnlyList<(string Label, double Probability)> Predictions { get; init; } = [];
}
