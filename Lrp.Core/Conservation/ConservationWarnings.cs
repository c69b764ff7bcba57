using System.Globalization;

namespace Lrp.Core.Conservation;

/// <summary>The sentences about sums that are wrong: where relevance went, and what to do.</summary>
internal static class ConservationWarnings
{
    private const double MostElsewhere = 0.5;
    private const double MostInLayers = 0.9;
    private const int Named = 3;

    /// <summary>The findings in a report.</summary>
    /// <param name="report">The report.</param>
    /// <param name="withoutRule">Titles of the modules that have parameters and no rule.</param>
    public static IReadOnlyList<string> Of(ConservationReport report, IReadOnlyList<string> withoutRule)
    {
        var warnings = new List<string>();
        if (!report.Conserves || report.OutputSize is not > 0 || report.LostElsewhere is not { } elsewhere)
        {
            return warnings;
        }

        if (report.Layers.LastOrDefault(layer => !double.IsFinite(layer.RelevanceIn)) is { } overflowed)
        {
            warnings.Add(NoNumber(overflowed));
            return warnings;
        }

        var size = report.OutputSize.Value;
        var inLayers = report.Layers.Sum(layer => layer.Lost);
        if (Math.Abs(elsewhere) > MostElsewhere * size)
        {
            warnings.Add(Elsewhere(IsLost(elsewhere), elsewhere / size, withoutRule));
        }

        if (Math.Abs(inLayers) > MostInLayers * size)
        {
            warnings.Add(InLayers(IsLost(inLayers), inLayers, size, report.Layers));
        }

        return warnings;

        // Of negative relevance a negative amount is lost.
        bool IsLost(double amount) => amount * report.ModelOutput!.Value >= 0;
    }

    private static string NoNumber(LayerConservation layer) =>
        $"The relevance is {layer.RelevanceIn.ToString(CultureInfo.InvariantCulture)} from {Title(layer)} on, where "
        + "relevance was divided by outputs near zero, here or in layers behind it: use a larger epsilon, merge batch "
        + "norms into the layers before them (MergeBatchNorm), or take a rule that divides by a sum of one sign "
        + "(ZPlus, Gamma). float64 holds larger numbers.";

    private static string Title(LayerConservation layer) =>
        $"{(layer.Name.Length == 0 ? "the model" : $"'{layer.Name}'")} ({layer.ModuleType}, {layer.Rule})";

    private static string Elsewhere(bool isLost, double share, IReadOnlyList<string> withoutRule)
    {
        var modules =
            withoutRule.Count == 0
                ? ""
                : $" Modules without a rule: {string.Join(", ", withoutRule.Take(Named))}"
                    + $"{(withoutRule.Count > Named ? $" and {withoutRule.Count - Named} more" : "")}.";
        return $"{Percent(share)} of the relevance was {(isLost ? "lost" : "added")} outside the layers with rules, "
            + $"where it follows the plain gradient.{modules} Give modules an entry of the composite, and functions "
            + "such as x + y, softmax and products a rule: see docs/functions.md.";
    }

    private static string InLayers(bool isLost, double amount, double size, IReadOnlyList<LayerConservation> layers)
    {
        var most = layers
            .Where(layer => Math.Sign(layer.Lost) == Math.Sign(amount))
            .OrderByDescending(layer => Math.Abs(layer.Lost))
            .Take(Named)
            .Select(layer => $"{Title(layer)} {Math.Abs(layer.Lost).ToString("g3", CultureInfo.InvariantCulture)}");
        var share = Percent(amount / size);
        return $"{share} of the relevance was {(isLost ? "absorbed" : "added")} by layers with rules, most by "
            + $"{string.Join(", ", most)}. Biases and stabilizers do that: use excludeBias: true or a smaller "
            + "epsilon, and where a batch norm follows such a layer, merge it into the layer (MergeBatchNorm). So do "
            + "ZPlus and its like where no product of an input and a weight is positive (use Epsilon or Gamma there), "
            + "and AttnLRP's softmax (CP-LRP's LrpRule.StopRelevance() conserves). See docs/conservation.md.";
    }

    private static string Percent(double share)
    {
        var percent = Math.Abs(share) * 100;
        return percent < 1e4
            ? $"{percent.ToString("f0", CultureInfo.InvariantCulture)} %"
            : $"{percent.ToString("0.0e0", CultureInfo.InvariantCulture)} %";
    }
}
