namespace Lrp.Models.Tokenizers.Text;

/// <summary>A part of a text that a subword model gets as a whole, or that is a token already.</summary>
/// <param name="Start">Its first UTF-16 unit in the text of the list.</param>
/// <param name="Length">Its number of UTF-16 units.</param>
/// <param name="Place">Where in the given text it begins.</param>
/// <param name="Token">The id of the token that it is, or −1.</param>
internal readonly record struct Piece(int Start, int Length, int Place, int Token);
