namespace Lrp.Models.Explanations;

/// <summary>One token of an explained text.</summary>
/// <param name="Id">Its number in the vocabulary.</param>
/// <param name="Piece">How the vocabulary writes it, with marks such as <c>##</c> or <c>Ġ</c>.</param>
/// <param name="Start">The UTF-16 unit of the text at which it begins.</param>
/// <param name="Length">
/// The number of its UTF-16 units; 0 for tokens that stand for nothing in the text. Tokens that are parts of one
/// character have all of it.
/// </param>
/// <param name="IsSpecial">Whether the tokenizer added it, such as <c>[CLS]</c>.</param>
/// <param name="Word">The number of the word that it belongs to, or null if that is not known.</param>
public sealed record TextToken(long Id, string Piece, int Start, int Length, bool IsSpecial = false, int? Word = null);
