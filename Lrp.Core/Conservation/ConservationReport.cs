using System.Globalization;

namespace Lrp.Core.Conservation;

/// <summary>What one layer did to the sum of relevance.</summary>
/// <param name="Name">The module's name.</param>
/// <param name="ModuleType">Its type.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="RelevanceOut">Sum of the relevance at its outputs.</param>
/// <param name="RelevanceIn">Sum of the relevance that it passed on to its inputs.</param>
public sealed record LayerConservation(
    string Name,
    string ModuleType,
    string Rule,
    double RelevanceOut,
    double RelevanceIn
)
{
    /// <summary>What the bias, the stabilizer or the rule itself kept: out minus in.</summary>
    public double Lost => RelevanceOut - RelevanceIn;
}

/// <summary>Where the relevance of one backward pass went, summed over the batch.</summary>
public sealed class ConservationReport
{
    internal ConservationReport(IReadOnlyList<LayerConservation> layers, double? modelOutput, double? modelInput)
    {
        Layers = layers;
        ModelOutput = modelOutput;
        ModelInput = modelInput;
    }

    /// <summary>The layers with a rule that relevance passed, in the model's order.</summary>
    public IReadOnlyList<LayerConservation> Layers { get; }

    /// <summary>
    /// Sum of the relevance at the model's output; null when the model was not run through <c>call</c>.
    /// </summary>
    public double? ModelOutput { get; }

    /// <summary>
    /// Sum of the relevance at the model's input, for token ids at the embeddings; null as for
    /// <see cref="ModelOutput"/>.
    /// </summary>
    public double? ModelInput { get; }

    /// <summary>
    /// Whether the pass began at the output of the model's <c>call</c>. Where it did not (<c>forward</c> was run, or
    /// <c>backward</c> called on a tensor inside the model), relevance began as the gradient, whatever
    /// <see cref="RelevanceStart"/> says.
    /// </summary>
    public bool BeganAtModelOutput { get; internal init; }

    /// <summary>
    /// What is wrong with the sums and what to do about it, one sentence or a few for each finding; usually empty. More
    /// than half of the relevance at the model's output was lost or gained elsewhere, or more than nine tenths of it in
    /// layers with rules. Relevance at the output is counted without its signs. Empty where the pass did not begin at
    /// the model's output, and for rules such as GuidedBackprop, whose sums have no meaning.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; internal set; } = [];

    /// <summary>Sum of the absolute relevance at the model's output; null where the pass did not begin there.</summary>
    internal double? OutputSize { get; init; }

    /// <summary>Whether all rules that relevance passed are meant to conserve it.</summary>
    internal bool Conserves { get; init; } = true;

    /// <summary>
    /// What was lost, or gained when negative, between the layers with rules: in modules without a rule and in
    /// functions, through which relevance follows the plain gradient.
    /// </summary>
    public double? LostElsewhere => ModelOutput - ModelInput - Layers.Sum(layer => layer.Lost);

    /// <summary>
    /// The table: one line per layer, then what was lost elsewhere, then the totals, then the warnings.
    /// </summary>
    /// <returns>Text.</returns>
    public override string ToString()
    {
        var rows = new List<string[]> { new[] { "module", "type", "rule", "relevance out", "relevance in", "lost" } };
        foreach (var layer in Layers)
        {
            rows.Add([
                layer.Name.Length == 0 ? "(model)" : layer.Name,
                layer.ModuleType,
                layer.Rule,
                Number(layer.RelevanceOut),
                Number(layer.RelevanceIn),
                Number(layer.Lost),
            ]);
        }

        if (ModelOutput is { } output && ModelInput is { } input)
        {
            rows.Add(["elsewhere", "", "plain gradient", "", "", Number(LostElsewhere!.Value)]);
            rows.Add(["total", "", "", Number(output), Number(input), Number(output - input)]);
        }

        var table = TextTable.Format(rows);
        var notes = Warnings.Select(warning => $"Warning: {warning}").ToList();
        if (!BeganAtModelOutput)
        {
            notes.Add("The pass did not begin at the output of the model's call(): relevance began as the gradient.");
        }

        return notes.Count == 0 ? table : $"{table.TrimEnd()}\n{string.Join('\n', notes)}";
    }

    private static string Number(double value) => value.ToString("g6", CultureInfo.InvariantCulture);
}
