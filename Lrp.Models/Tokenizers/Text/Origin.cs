namespace Lrp.Models.Tokenizers.Text;

/// <summary>The part of the text as it was given that a character comes from, in UTF-16 units.</summary>
/// <param name="Start">Its first unit.</param>
/// <param name="End">The unit after its last one.</param>
internal readonly record struct Origin(int Start, int End);
