namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>What a pair of tokens is merged to.</summary>
/// <param name="Rank">Its place among all merges; a smaller one comes first.</param>
/// <param name="Id">The token that the two become.</param>
internal readonly record struct BpeMerge(int Rank, int Id)
{
    /// <summary>The key of a pair of ids.</summary>
    public static long Key(int left, int right) => (long)left << 32 | (uint)right;
}
