namespace Lrp.Models.Explanations;

/// <summary>The relevance of the parts of each block: its heads or its experts.</summary>
/// <param name="Sums">One number for each part: [blocks][parts]. Blocks may have different numbers of parts.</param>
/// <param name="PerToken">One number for each part and token: [blocks][parts][tokens]; null if not known.</param>
public sealed record PartRelevance(
    IReadOnlyList<IReadOnlyList<double>> Sums,
    IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>>? PerToken = null
)
{
    /// <summary>The parts' relevance at each token, and their sums over the tokens.</summary>
    /// <param name="perToken">[blocks][parts][tokens].</param>
    public static PartRelevance OfTokens(IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> perToken)
    {
        ArgumentNullException.ThrowIfNull(perToken);
        double[][] sums = [.. perToken.Select(block => block.Select(part => part.Sum()).ToArray())];
        return new PartRelevance(sums, perToken);
    }

    internal void Check(string name, int tokens)
    {
        ArgumentNullException.ThrowIfNull(Sums);
        if (PerToken is null)
        {
            return;
        }

        if (!PerToken.Select(block => block.Count).SequenceEqual(Sums.Select(block => block.Count)))
        {
            throw new ArgumentException(
                $"{name} has sums for [{string.Join(", ", Sums.Select(block => block.Count))}] parts of blocks, and "
                    + $"relevance of tokens for [{string.Join(", ", PerToken.Select(block => block.Count))}]."
            );
        }

        if (PerToken.SelectMany(block => block).FirstOrDefault(part => part.Count != tokens) is { } wrong)
        {
            throw new ArgumentException(
                $"{name} has a part with relevance for {wrong.Count} tokens, but there are {tokens}."
            );
        }
    }
}
