using System.Globalization;
using System.Text;

namespace Lrp.Models.Rankings;

/// <summary>
/// Which heads, neurons and experts mattered most over several texts, the most important first.
/// </summary>
/// <remarks>
/// Voita et al. 2019, "Analyzing multi-head self-attention", rank heads by their LRP relevance; Achtibat et al. 2024,
/// "AttnLRP", rank neurons. Lrp.Analysis ranks neurons by what a probe reads.
/// </remarks>
public sealed class PartRanking
{
    private const int Shown = 10;

    internal PartRanking(int texts, RankingSums heads, RankingSums neurons, RankingSums experts)
    {
        Texts = texts;
        Heads = heads.Ranked(texts);
        Neurons = neurons.Ranked(texts);
        Experts = experts.Ranked(texts);
    }

    /// <summary>The number of texts.</summary>
    public int Texts { get; }

    /// <summary>Heads of attention; empty where they were not asked for.</summary>
    public IReadOnlyList<RankedPart> Heads { get; }

    /// <summary>Neurons between the two linear layers of MLPs; empty where they were not asked for.</summary>
    public IReadOnlyList<RankedPart> Neurons { get; }

    /// <summary>Experts; empty where they were not asked for, or where there are none.</summary>
    public IReadOnlyList<RankedPart> Experts { get; }

    /// <summary>The ten first of each kind, as tables of Markdown.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text, "head", Heads);
        Append(text, "neuron", Neurons);
        Append(text, "expert", Experts);
        return text.ToString().TrimEnd();
    }

    private void Append(StringBuilder text, string kind, IReadOnlyList<RankedPart> parts)
    {
        if (parts.Count == 0)
        {
            return;
        }

        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| {kind} | share of all {kind}s | relevance | positive in | most in |"
        );
        text.AppendLine("| --- | ---: | ---: | ---: | --- |");
        foreach (var part in parts.Take(Shown))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| block {part.Block}, {kind} {part.Number} | {part.Share:P1} | {part.Relevance:G3} "
                    + $"| {part.Positive} of {Texts} | {part.Text} |"
            );
        }

        text.AppendLine();
    }
}
