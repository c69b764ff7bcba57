namespace Lrp.Models.Tokenizers.Processors;

/// <summary>One processor after the other.</summary>
internal sealed class ProcessorSequence(IReadOnlyList<IRowProcessor> steps) : IRowProcessor
{
    public int AddedTokens(bool isPair) => steps.Sum(step => step.AddedTokens(isPair));

    public List<TokenRow> Process(List<TokenRow> rows, bool specialTokens) =>
        steps.Aggregate(rows, (current, step) => step.Process(current, specialTokens));
}
