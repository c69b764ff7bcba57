using Lrp.Models.Tokenizers.Decoders;
using Lrp.Models.Tokenizers.Normalizers;
using Lrp.Models.Tokenizers.PreTokenizers;
using Lrp.Models.Tokenizers.Processors;
using Lrp.Models.Tokenizers.Subwords;

namespace Lrp.Models.Tokenizers;

/// <summary>What a tokenizer is made of, in the order in which a text goes through it.</summary>
/// <param name="Model">Cuts pieces into tokens.</param>
internal sealed record TokenizerParts(ISubwordModel Model)
{
    /// <summary>Tokens that are looked for before all else.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Changes the text.</summary>
    public INormalizer? Normalizer { get; init; }

    /// <summary>Cuts the text into pieces.</summary>
    public IPreTokenizer? PreTokenizer { get; init; }

    /// <summary>Adds special tokens.</summary>
    public IRowProcessor? Processor { get; init; }

    /// <summary>Makes a text from tokens; without one, blanks are put between them.</summary>
    public IDecoder? Decoder { get; init; }

    /// <summary>How the files say that encodings are cut.</summary>
    public Truncation? Truncation { get; init; }

    /// <summary>How the files say that batches are filled up.</summary>
    public Padding? Padding { get; init; }

    /// <summary>What special tokens are for.</summary>
    public SpecialTokens Special { get; init; } = new();
}
