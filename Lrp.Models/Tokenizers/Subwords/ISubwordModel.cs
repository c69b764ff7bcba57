namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>Cuts a piece of text into tokens of a vocabulary.</summary>
internal interface ISubwordModel
{
    /// <summary>The tokens of the vocabulary.</summary>
    TokenTable Tokens { get; }

    /// <summary>Appends the tokens of a piece that is not empty.</summary>
    /// <exception cref="InvalidOperationException">
    /// A part has no token, and the model has no token for what is unknown.
    /// </exception>
    void Cut(ReadOnlySpan<char> piece, List<Subword> tokens);
}
