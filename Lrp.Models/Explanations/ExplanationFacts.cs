using System.Globalization;

namespace Lrp.Models.Explanations;

/// <summary>What is said above each explanation, and how numbers are written.</summary>
internal static class ExplanationFacts
{
    /// <summary>Target, score, method and model, as far as they are known.</summary>
    public static IEnumerable<string> Of(TextExplanation step)
    {
        if (step.Target.Length > 0)
        {
            yield return step.Against is null ? $"“{step.Target}”" : $"“{step.Target}” against “{step.Against}”";
        }

        yield return $"score {Number(step.Score)}";
        if (step.Method.Length > 0)
        {
            yield return step.Method;
        }

        if (step.Model.Length > 0)
        {
            yield return step.Model;
        }
    }

    /// <summary>A number with four digits.</summary>
    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
