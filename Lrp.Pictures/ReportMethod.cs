namespace Lrp.Pictures;

/// <summary>A method in a report: a row of its table, with a picture an input.</summary>
/// <param name="Name">The method's name.</param>
/// <param name="Heatmaps">A picture for each input, in their order.</param>
public sealed record ReportMethod(string Name, IReadOnlyList<Picture> Heatmaps)
{
    /// <summary>A few words on what the method does.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>A short text under each heatmap, the sum of its relevance for instance; as many as heatmaps, or none.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>How much of the explained output the relevance sums to, 1 being all of it; null where the method does not ask for it.</summary>
    public double? Conservation { get; init; }

    /// <summary>How long one input took.</summary>
    public TimeSpan? TimePerInput { get; init; }

    /// <summary>Further columns, such as a faithfulness score: a heading and a number each. Rows that lack a heading show a dash.</summary>
    public IReadOnlyList<(string Heading, double Value)> Scores { get; init; } = [];
}
