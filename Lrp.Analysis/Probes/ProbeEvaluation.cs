using System.Globalization;
using System.Text;

namespace Lrp.Analysis.Probes;

/// <summary>Scores of predicted classes on some rows.</summary>
/// <param name="Count">How many rows.</param>
/// <param name="Accuracy">The share predicted right; NaN without rows.</param>
/// <param name="BinaryF1">F1 of class 1; 0 where it neither occurs nor is predicted.</param>
/// <param name="MacroF1">The mean of F1 over the classes that occur or are predicted.</param>
/// <param name="MatthewsCorrelation">Matthews' correlation, for several classes after Gorodkin 2004; 0 where it is undefined.</param>
public sealed record ClassificationScores(long Count, double Accuracy, double BinaryF1, double MacroF1, double MatthewsCorrelation);

/// <summary>Scores of predicted numbers.</summary>
/// <param name="Count">How many rows.</param>
/// <param name="Pearson">Pearson's correlation; NaN where a side is constant.</param>
/// <param name="Spearman">Spearman's rank correlation, ties sharing their mean rank; NaN where a side is constant.</param>
/// <param name="R2">The share of variance explained; NaN where the labels are constant.</param>
/// <param name="MeanSquaredError">The mean squared error.</param>
public sealed record RegressionScores(long Count, double Pearson, double Spearman, double R2, double MeanSquaredError);

/// <summary>One prediction.</summary>
/// <param name="Token">The source token of the row; empty where none was given.</param>
/// <param name="Predicted">The predicted class's name, or the predicted number.</param>
/// <param name="Expected">The row's label likewise.</param>
/// <param name="Correct">Whether they agree.</param>
public readonly record struct ProbePrediction(string Token, string Predicted, string Expected, bool Correct);

/// <summary>How well a probe predicts.</summary>
public sealed class ProbeEvaluation
{
    private ProbeEvaluation(IReadOnlyList<ProbePrediction> predictions) => Predictions = predictions;

    /// <summary>Scores over all rows; null for a regression.</summary>
    public ClassificationScores? Overall { get; private init; }

    /// <summary>Scores over the rows of each class, by the class's name, as NeuroX reports them; the accuracy is the class's recall.</summary>
    public IReadOnlyDictionary<string, ClassificationScores> PerClass { get; private init; } = new Dictionary<string, ClassificationScores>();

    /// <summary>F1 of each class against all others, over all rows.</summary>
    public IReadOnlyDictionary<string, double> F1 { get; private init; } = new Dictionary<string, double>();

    /// <summary>Scores of a regression; null for classes.</summary>
    public RegressionScores? Regression { get; private init; }

    /// <summary>The predictions, in the order of the rows.</summary>
    public IReadOnlyList<ProbePrediction> Predictions { get; }

    /// <summary>A table of the scores.</summary>
    public override string ToString()
    {
        // With a third section for zero, a negative number that rounds to zero has no sign.
        CultureInfo culture = CultureInfo.InvariantCulture;
        string Signed(double score) => score.ToString("0.0000;-0.0000;0.0000", culture);
        if (Regression is { } scores)
        {
            return string.Create(culture, $"{scores.Count} rows: Pearson {Signed(scores.Pearson)}, Spearman {Signed(scores.Spearman)}, R² {Signed(scores.R2)}, mean squared error {scores.MeanSquaredError:G4}");
        }

        var text = new StringBuilder();
        text.Append(culture, $"{Overall!.Count} rows: accuracy {Overall.Accuracy:F4}, macro F1 {Overall.MacroF1:F4}, Matthews {Signed(Overall.MatthewsCorrelation)}\n");
        foreach ((string name, ClassificationScores part) in PerClass)
        {
            text.Append(culture, $"  {name}: {part.Count} rows, accuracy {part.Accuracy:F4}, F1 {F1[name]:F4}\n");
        }

        return text.ToString();
    }

    internal static ProbeEvaluation OfClasses(long[] predicted, long[] expected, IReadOnlyList<string> names, IReadOnlyList<string>? tokens)
    {
        string Name(long label) => label < names.Count ? names[(int)label] : label.ToString(CultureInfo.InvariantCulture);
        var perClass = new Dictionary<string, ClassificationScores>();
        var f1 = new Dictionary<string, double>();
        for (int label = 0; label < names.Count; label++)
        {
            int[] rows = [.. Enumerable.Range(0, expected.Length).Where(row => expected[row] == label)];
            perClass[names[label]] = ProbeMetrics.Classification([.. rows.Select(row => predicted[row])], [.. rows.Select(row => expected[row])]);
            f1[names[label]] = ProbeMetrics.F1(predicted, expected, label);
        }

        return new ProbeEvaluation([.. predicted.Select((value, row) =>
            new ProbePrediction(tokens?[row] ?? string.Empty, Name(value), Name(expected[row]), value == expected[row]))])
        {
            Overall = ProbeMetrics.Classification(predicted, expected),
            PerClass = perClass,
            F1 = f1,
        };
    }

    internal static ProbeEvaluation OfNumbers(double[] predicted, double[] expected, IReadOnlyList<string>? tokens) =>
        new([.. predicted.Select((value, row) => new ProbePrediction(
            tokens?[row] ?? string.Empty,
            value.ToString("G6", CultureInfo.InvariantCulture),
            expected[row].ToString("G6", CultureInfo.InvariantCulture),
            value == expected[row]))])
        {
            Regression = ProbeMetrics.Regression(predicted, expected),
        };
}
