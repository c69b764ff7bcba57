namespace Lrp.Models.Tokenizers.Subwords;

/// <summary>Where one byte-pair encoding differs from another. The names in tokenizer.json stand behind.</summary>
internal sealed record BpeOptions
{
    /// <summary>The token for what is unknown; null: unknown characters are left out (unk_token).</summary>
    public string? Unknown { get; init; }

    /// <summary>Whether unknown characters that follow each other are one token (fuse_unk).</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether unknown characters become byte tokens, if the vocabulary has them (byte_fallback).</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a piece that is in the vocabulary is a token whatever the merges say (ignore_merges).</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>What characters begin with that are not the first of a piece (continuing_subword_prefix).</summary>
    public string? ContinuingPrefix { get; init; }

    /// <summary>What the last character of a piece ends with (end_of_word_suffix).</summary>
    public string? EndOfWordSuffix { get; init; }
}
