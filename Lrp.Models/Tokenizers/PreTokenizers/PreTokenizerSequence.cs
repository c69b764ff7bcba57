using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.PreTokenizers;

/// <summary>One pre-tokenizer after the other.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    public void Cut(PieceList pieces)
    {
        foreach (var step in steps)
        {
            step.Cut(pieces);
        }
    }
}
