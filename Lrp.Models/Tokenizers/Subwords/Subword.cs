namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>A token in a piece of text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Its first UTF-16 unit in the piece.</param>
/// <param name="End">The unit after its last one.</param>
/// <param name="Text">Its text where that is not the vocabulary's.</param>
internal readonly record struct Subword(int Id, int Start, int End, string? Text = null);
