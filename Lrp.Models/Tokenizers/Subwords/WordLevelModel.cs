namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>Each piece is a token of the vocabulary, or unknown.</summary>
internal sealed class WordLevelModel(TokenTable tokens, string unknown) : ISubwordModel
{
    public TokenTable Tokens => tokens;

    public void Cut(ReadOnlySpan<char> piece, List<Subword> result) =>
        result.Add(
            new Subword(
                tokens.TryGetId(piece, out var id) ? id : tokens.Required(unknown, "the token for unknown words"),
                0,
                piece.Length
            )
        );
}
