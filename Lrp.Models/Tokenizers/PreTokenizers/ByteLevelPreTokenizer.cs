using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.PreTokenizers;

/// <summary>GPT-2's pre-tokenizer: words with the blank before them, then each byte as a character.</summary>
/// <param name="addPrefixSpace">Whether a text that does not begin with a blank gets one.</param>
/// <param name="useRegex">Whether the text is cut into words.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    private static readonly Lazy<RegexPattern> Words = new(() =>
        new RegexPattern(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
    );

    public void Cut(PieceList pieces)
    {
        if (addPrefixSpace)
        {
            pieces.Rewrite(AddBlank);
        }

        if (useRegex)
        {
            pieces.Split(Words.Value, SplitBehaviour.Isolated);
        }

        pieces.Rewrite((from, piece, to) => ByteAlphabet.Append(from, piece.Start, piece.Length, to));
    }

    private static void AddBlank(AlignedText from, Piece piece, AlignedText to)
    {
        if (from.Chars[piece.Start] != ' ')
        {
            to.Append(' ', from.Origins[piece.Start]);
        }

        to.Append(from, piece.Start, piece.Length);
    }
}
