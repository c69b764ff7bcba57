namespace Lrp.Models.Tokenizers.Text;

/// <summary>What becomes of a match when a text is cut at it. The names are those of tokenizer.json.</summary>
internal enum SplitBehaviour
{
    /// <summary>The match is left out.</summary>
    Removed,

    /// <summary>Each match is a piece.</summary>
    Isolated,

    /// <summary>The match ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>The match begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Matches that follow each other are one piece.</summary>
    Contiguous,
}
