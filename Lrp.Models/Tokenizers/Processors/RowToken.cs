using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Processors;

/// <summary>A token of a row.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Its text.</param>
/// <param name="Origin">Where it is in its text; empty for special tokens.</param>
/// <param name="Word">The number of its piece in its text; null for special tokens.</param>
/// <param name="Sequence">0 for the first text, 1 for the second one, null for special tokens.</param>
/// <param name="TypeId">The number that tells a model which text it belongs to.</param>
/// <param name="IsPadding">Whether it fills up a row.</param>
internal readonly record struct RowToken(
    int Id,
    string Text,
    Origin Origin,
    int? Word,
    int? Sequence,
    int TypeId,
    bool IsPadding = false
)
{
    /// <summary>A token that no text has.</summary>
    public static RowToken Special(int id, string text, int typeId, bool isPadding = false) =>
        new(id, text, default, null, null, typeId, isPadding);
}
