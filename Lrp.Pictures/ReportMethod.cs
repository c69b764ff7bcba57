namespace Lrp.Pictures;

/// <summary>A method in a report, shown as a row of its table with one picture per input.</summary>
/// <param name="Name">The method's name.</param>
/// <param name="Heatmaps">One picture per input, in the order of the inputs.</param>
public sealed record ReportMethod(string Name, IReadOnlyList<Picture> Heatmaps)
{
    /// <summary>A few words that describe the method.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>
    /// A short text under each heatmap, for example the sum of its relevance; one per heatmap, or none.
    /// </summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>
    /// The sum of the relevance divided by the explained output; 1 if relevance is conserved, null if the method is not
    /// meant to conserve it.
    /// </summary>
    public double? Conservation { get; init; }

    /// <summary>The computing time for one input.</summary>
    public TimeSpan? TimePerInput { get; init; }

    /// <summary>
    /// Additional columns, such as a faithfulness score: a heading and a number each. A method without a number for a
    /// column shows a dash.
    /// </summary>
    public IReadOnlyList<(string Heading, double Value)> Scores { get; init; } = [];
}
