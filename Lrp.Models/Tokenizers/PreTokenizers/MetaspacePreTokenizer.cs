using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.PreTokenizers;

/// <summary>SentencePiece's pre-tokenizer: blanks become a visible character, with which words begin.</summary>
/// <param name="replacement">The visible character, usually ▁.</param>
/// <param name="prepend">Which pieces get one before them where they have none.</param>
/// <param name="split">Whether the text is cut before each of them.</param>
internal sealed class MetaspacePreTokenizer(char replacement, PrependScheme prepend, bool split) : IPreTokenizer
{
    private readonly CharPattern _pattern = new(rune => rune.Value == replacement);

    public void Cut(PieceList pieces)
    {
        pieces.Rewrite(Write);
        if (split)
        {
            pieces.Split(_pattern, SplitBehaviour.MergedWithNext);
        }
    }

    private void Write(AlignedText from, Piece piece, AlignedText to)
    {
        var first = from.Chars[piece.Start];
        var isFirst = prepend == PrependScheme.Always || prepend == PrependScheme.First && piece.Place == 0;
        if (isFirst && first != ' ' && first != replacement)
        {
            to.Append(replacement, from.Origins[piece.Start]);
        }

        var start = to.Length;
        to.Append(from, piece.Start, piece.Length);
        to.Substitute(start, piece.Length, ' ', replacement);
    }
}

/// <summary>Which pieces of a text get a character before them.</summary>
internal enum PrependScheme
{
    /// <summary>None.</summary>
    Never,

    /// <summary>The one with which the given text begins.</summary>
    First,

    /// <summary>All.</summary>
    Always,
}
