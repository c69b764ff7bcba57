using System.Text;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.PreTokenizers;

/// <summary>Cuts where a pattern matches.</summary>
internal sealed class PatternPreTokenizer(ITextPattern pattern, SplitBehaviour behaviour, bool invert = false)
    : IPreTokenizer
{
    private static readonly CharPattern Blanks = new(Rune.IsWhiteSpace);
    private static readonly CharPattern Marks = new(CharClasses.IsPunctuation);
    private static readonly CharPattern Numbers = new(Rune.IsNumber);

    /// <summary>Words, and runs of what is neither word nor white space.</summary>
    private static readonly Lazy<RegexPattern> Words = new(() =>
        new RegexPattern($"[{CharClasses.WordExpression}]+|[^{CharClasses.WordExpression}\\s]+")
    );

    public void Cut(PieceList pieces) => pieces.Split(pattern, behaviour, invert);

    /// <summary>Tokenizer.json's BertPreTokenizer: words, and each punctuation mark for itself.</summary>
    public static IPreTokenizer Bert() => new PreTokenizerSequence([WhitespaceSplit(), Punctuation()]);

    public static PatternPreTokenizer WhitespaceSplit() => new(Blanks, SplitBehaviour.Removed);

    public static PatternPreTokenizer Whitespace() => new(Words.Value, SplitBehaviour.Removed, invert: true);

    public static PatternPreTokenizer Punctuation(SplitBehaviour behaviour = SplitBehaviour.Isolated) =>
        new(Marks, behaviour);

    public static PatternPreTokenizer Digits(bool individually) =>
        new(Numbers, individually ? SplitBehaviour.Isolated : SplitBehaviour.Contiguous);
}
