namespace Lrp.Models.Tokenizers.Processors;

/// <summary>Completes the rows of one or two texts: special tokens, type ids, offsets.</summary>
internal interface IRowProcessor
{
    /// <summary>How many special tokens are added.</summary>
    int AddedTokens(bool isPair);

    /// <summary>The rows that become one, one behind the other.</summary>
    List<TokenRow> Process(List<TokenRow> rows, bool specialTokens);
}
