using Lrp.Analysis.Information;
using Lrp.Pictures;

namespace Lrp.Cli.Comparing;

/// <summary>Several methods on one input.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Target">What is explained.</param>
/// <param name="Score">Its score.</param>
/// <param name="Input">The photograph; null for a text.</param>
/// <param name="Results">What each method says.</param>
internal sealed record Comparison(
    string Model,
    string Target,
    double Score,
    Picture? Input,
    IReadOnlyList<MethodResult> Results
)
{
    private const string Meaning =
        "Deletion removes the most relevant parts first: the area under its curve should be small. Insertion adds them "
        + "first to an empty input: its area should be large. Faithfulness is the difference of the two.";

    /// <summary>The numbers of each method.</summary>
    public ReportTable Numbers =>
        new(
            string.Empty,
            ["method", "sum", "area deletion", "area insertion", "faithfulness", "seconds"],
            [
                .. Results.Select(result =>
                    (IReadOnlyList<string>)
                        [
                            result.Method,
                            $"{result.Sum:F3}",
                            $"{Area(result.Deletion):F3}",
                            $"{Area(result.Insertion):F3}",
                            $"{result.Curves.Score:F3}",
                            $"{result.Time.TotalSeconds:F2}",
                        ]
                ),
            ],
            Meaning
        );

    /// <summary>The curves as numbers.</summary>
    /// <param name="title">What the curves are.</param>
    /// <param name="curve">The curve of a method.</param>
    public ReportTable Curve(string title, Func<MethodResult, IReadOnlyList<(double X, double Y)>> curve) =>
        new(
            title,
            ["part", .. curve(Results[0]).Select(point => $"{point.X:P0}")],
            [
                .. Results.Select(result =>
                    (IReadOnlyList<string>)[result.Method, .. curve(result).Select(point => $"{point.Y:F2}")]
                ),
            ]
        );

    /// <summary>Spearman's ρ of the maps; null where there is only one.</summary>
    public ReportTable? Correlations
    {
        get
        {
            if (Results.Count < 2 || Results[0].Relevance.Count < 2)
            {
                return null;
            }

            var maps = new MethodComparison([.. Results[0].Relevance.Select((_, k) => $"{k}")]);
            foreach (var result in Results)
            {
                maps.Add(result.Method, result.Relevance);
            }

            return maps.Table() with
            {
                Title = "Spearman's ρ of the maps",
                Note = "1 is the same order of tokens or pixels, 0 is no correlation.",
            };
        }
    }

    /// <summary>All data, for scripts.</summary>
    public object ToData() =>
        new
        {
            Model,
            Target,
            Score,
            Methods = Results.Select(result => new
            {
                result.Method,
                result.Sum,
                result.Relevance,
                Parts = result.Curves.Fractions,
                Deletion = result.Deletion.Select(point => point.Y),
                Insertion = result.Insertion.Select(point => point.Y),
                Faithfulness = result.Curves.Score,
                Seconds = result.Time.TotalSeconds,
            }),
            Correlations = Correlations?.Rows,
        };

    private static double Area(IReadOnlyList<(double X, double Y)> curve) =>
        curve.Zip(curve.Skip(1), (one, other) => (other.X - one.X) * (one.Y + other.Y) / 2).Sum();
}
