using System.Globalization;
using System.Text;

namespace Lrp.Analysis.Probes;

/// <summary>Scores of predicted classes.</summary>
/// <param name="Count">The number of rows.</param>
/// <param name="Accuracy">The fraction of correct predictions; NaN without rows.</param>
/// <param name="BinaryF1">F1 of class 1; 0 if it neither occurs nor is predicted.</param>
/// <param name="MacroF1">The mean of F1 over the classes that occur or are predicted.</param>
/// <param name="MatthewsCorrelation">
/// Matthews' correlation, for several classes as in Gorodkin 2004; 0 where it is undefined.
/// </param>
public sealed record ClassificationScores(
    long Count,
    double Accuracy,
    double BinaryF1,
    double MacroF1,
    double MatthewsCorrelation
);

/// <summary>Scores of predicted numbers.</summary>
/// <param name="Count">The number of rows.</param>
/// <param name="Pearson">Pearson's correlation; NaN if predictions or labels are constant.</param>
/// <param name="Spearman">
/// Spearman's rank correlation, where equal numbers get their mean rank; NaN if predictions or labels are constant.
/// </param>
/// <param name="R2">The fraction of the variance that is explained; NaN if the labels are constant.</param>
/// <param name="MeanSquaredError">The mean squared error.</param>
public sealed record RegressionScores(long Count, double Pearson, double Spearman, double R2, double MeanSquaredError);

/// <summary>One prediction.</summary>
/// <param name="Token">The source token of the row; empty if none was given.</param>
/// <param name="Predicted">The predicted class's name, or the predicted number.</param>
/// <param name="Expected">The row's label, as the class's name or as a number.</param>
/// <param name="Correct">Whether the two are equal.</param>
public readonly record struct ProbePrediction(string Token, string Predicted, string Expected, bool Correct);

/// <summary>The result of evaluating a probe.</summary>
public sealed class ProbeEvaluation
{
    private ProbeEvaluation(IReadOnlyList<ProbePrediction> predictions) => Predictions = predictions;

    /// <summary>Scores over all rows; null for a regression.</summary>
    public ClassificationScores? Overall { get; private init; }

    /// <summary>
    /// Scores over the rows of each class, by the class's name, as NeuroX reports them. The accuracy is the class's
    /// recall.
    /// </summary>
    public IReadOnlyDictionary<string, ClassificationScores> PerClass { get; private init; } =
        new Dictionary<string, ClassificationScores>();

    /// <summary>F1 of each class against all others, over all rows.</summary>
    public IReadOnlyDictionary<string, double> F1 { get; private init; } = new Dictionary<string, double>();

    /// <summary>Scores of a regression; null for classes.</summary>
    public RegressionScores? Regression { get; private init; }

    /// <summary>The predictions, in the order of the rows.</summary>
    public IReadOnlyList<ProbePrediction> Predictions { get; }

    /// <summary>A table of the scores.</summary>
    public override string ToString()
    {
        // The third section of the format, for zero, prints a negative number that rounds to zero without a sign.
        var culture = CultureInfo.InvariantCulture;
        string Signed(double score) => score.ToString("0.0000;-0.0000;0.0000", culture);
        if (Regression is { } scores)
        {
            return string.Create(
                culture,
                $"{scores.Count} rows: Pearson {Signed(scores.Pearson)}, Spearman {Signed(scores.Spearman)}, R² "
                    + $"{Signed(scores.R2)}, mean squared error {scores.MeanSquaredError:G4}"
            );
        }

        var text = new StringBuilder();
        text.Append(
            culture,
            $"{Overall!.Count} rows: accuracy {Overall.Accuracy:F4}, macro F1 {Overall.MacroF1:F4}, Matthews "
                + $"{Signed(Overall.MatthewsCorrelation)}\n"
        );
        foreach (var (name, part) in PerClass)
        {
            text.Append(culture, $"  {name}: {part.Count} rows, accuracy {part.Accuracy:F4}, F1 {F1[name]:F4}\n");
        }

        return text.ToString();
    }

    internal static ProbeEvaluation OfClasses(
        long[] predicted,
        long[] expected,
        IReadOnlyList<string> names,
        IReadOnlyList<string>? tokens
    )
    {
        string Name(long label) =>
            label < names.Count ? names[(int)label] : label.ToString(CultureInfo.InvariantCulture);
        var perClass = new Dictionary<string, ClassificationScores>();
        var f1 = new Dictionary<string, double>();
        for (var label = 0; label < names.Count; label++)
        {
            int[] rows = [.. Enumerable.Range(0, expected.Length).Where(row => expected[row] == label)];
            perClass[names[label]] = ProbeMetrics.Classification(
                [.. rows.Select(row => predicted[row])],
                [.. rows.Select(row => expected[row])]
            );
            f1[names[label]] = ProbeMetrics.F1(predicted, expected, label);
        }

        return new ProbeEvaluation([
            .. predicted.Select(
                (value, row) =>
                    new ProbePrediction(
                        tokens?[row] ?? string.Empty,
                        Name(value),
                        Name(expected[row]),
                        value == expected[row]
                    )
            ),
        ])
        {
            Overall = ProbeMetrics.Classification(predicted, expected),
            PerClass = perClass,
            F1 = f1,
        };
    }

    internal static ProbeEvaluation OfNumbers(double[] predicted, double[] expected, IReadOnlyList<string>? tokens) =>
        new([
            .. predicted.Select(
                (value, row) =>
                    new ProbePrediction(
                        tokens?[row] ?? string.Empty,
                        value.ToString("G6", CultureInfo.InvariantCulture),
                        expected[row].ToString("G6", CultureInfo.InvariantCulture),
                        value == expected[row]
                    )
            ),
        ])
        {
            Regression = ProbeMetrics.Regression(predicted, expected),
        };
}
