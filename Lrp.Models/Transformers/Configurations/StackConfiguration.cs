using Lrp.Models.Layers;

namespace Lrp.Models.Transformers.Configurations;

/// <summary>Where a block has its norms.</summary>
public enum NormPlacement
{
    /// <summary>Before attention and before the MLP: x + f(norm(x)).</summary>
    Before,

    /// <summary>Behind the sum: norm(x + f(x)).</summary>
    After,

    /// <summary>On both sides of attention and of the MLP: x + norm(f(norm(x))).</summary>
    Around,

    /// <summary>Before, with attention and MLP side by side: x + f(norm(x)) + g(norm'(x)).</summary>
    Parallel,
}

/// <summary>The norms of a stack.</summary>
public sealed record NormOptions
{
    /// <summary>Whether it is the root mean square norm, else layer normalization.</summary>
    public bool IsRms { get; init; }

    /// <summary>What is added to the mean square or the variance.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Whether layer normalization has weights.</summary>
    public bool HasWeight { get; init; } = true;

    /// <summary>Whether layer normalization has a bias.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Added to the weights of the root mean square norm: 1 where they are kept as distances from 1.</summary>
    public double Offset { get; init; }
}

/// <summary>The MLP of a block.</summary>
public sealed record MlpOptions
{
    /// <summary>The number of neurons.</summary>
    public required long Inner { get; init; }

    /// <summary>The name of the activation.</summary>
    public required string Activation { get; init; }

    /// <summary>Whether an activated gate multiplies the neurons.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether the linear layers have a bias.</summary>
    public bool HasBias { get; init; }
}

/// <summary>The mixture of experts of a block.</summary>
public sealed record ExpertOptions
{
    /// <summary>The number of experts.</summary>
    public required int Count { get; init; }

    /// <summary>How many experts a token has.</summary>
    public required int Chosen { get; init; }

    /// <summary>Whether the weights of a token are divided by their sum.</summary>
    public required bool Normalizes { get; init; }

    /// <summary>The number of neurons of an expert.</summary>
    public required long Inner { get; init; }

    /// <summary>The layers that have experts in place of an MLP, counted from 0.</summary>
    public required IReadOnlySet<int> Layers { get; init; }
}

/// <summary>How the numbers of positions are found where they are not given.</summary>
public enum PositionCount
{
    /// <summary>0, 1, 2 …, padding counted.</summary>
    All,

    /// <summary>Only tokens that the mask keeps are counted (OPT).</summary>
    Masked,

    /// <summary>Only ids that are not the padding id are counted, from one behind it on (RoBERTa).</summary>
    NotPadding,
}

/// <summary>A table of positions that is added to the words.</summary>
public sealed record PositionOptions
{
    /// <summary>The rows of the table.</summary>
    public required long Rows { get; init; }

    /// <summary>The row of position 0.</summary>
    public long Offset { get; init; }

    /// <summary>How positions are counted.</summary>
    public PositionCount Count { get; init; }
}

/// <summary>Rotary positions.</summary>
public sealed record RotaryOptions
{
    /// <summary>How many features of a head are turned.</summary>
    public required long Size { get; init; }

    /// <summary>The base of the frequencies.</summary>
    public required double Theta { get; init; }

    /// <summary>The base in layers that see a window only; null where it is the same, scaling included.</summary>
    public double? LocalTheta { get; init; }

    /// <summary>How angles are changed for long texts.</summary>
    public RotaryScaling Scaling { get; init; } = new();
}

/// <summary>Distances of positions in buckets, with a bias of the scores for each bucket and head (T5).</summary>
public sealed record RelativePositionOptions
{
    /// <summary>The number of buckets.</summary>
    public required int Buckets { get; init; }

    /// <summary>The distance from which on all are in one bucket.</summary>
    public required int FarthestDistance { get; init; }
}

/// <summary>Layers that see a part of the text only.</summary>
public sealed record WindowOptions
{
    /// <summary>How far back a query sees: itself and Size − 1 before; to both sides, Size to each.</summary>
    public required long Size { get; init; }

    /// <summary>The layers with the window, counted from 0.</summary>
    public required IReadOnlySet<int> Layers { get; init; }
}

/// <summary>One stack of blocks with the embeddings below it: an encoder or a decoder.</summary>
public sealed record StackConfiguration
{
    /// <summary>The number of words.</summary>
    public required long Vocabulary { get; init; }

    /// <summary>The size of the states.</summary>
    public required long Width { get; init; }

    /// <summary>The number of passes through blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>The size of a word's vector; null where it is <see cref="Width"/>.</summary>
    public long? EmbeddingWidth { get; init; }

    /// <summary>The factor of the words' vectors.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Whether the embeddings end with a norm.</summary>
    public bool HasEmbeddingNorm { get; init; }

    /// <summary>
    /// Whether vectors are brought to the size of the states behind positions and norm, with a bias (ALBERT), instead
    /// of before, without one (OPT).
    /// </summary>
    public bool ProjectsBehindNorm { get; init; }

    /// <summary>The number of token types; 0 for none.</summary>
    public long TokenTypes { get; init; }

    /// <summary>A table of positions; null for none.</summary>
    public PositionOptions? Positions { get; init; }

    /// <summary>Rotary positions; null for none.</summary>
    public RotaryOptions? Rotary { get; init; }

    /// <summary>Relative positions; null for none.</summary>
    public RelativePositionOptions? RelativePositions { get; init; }

    /// <summary>Whether a token sees only itself and those before it.</summary>
    public bool IsCausal { get; init; }

    /// <summary>Whether each block also reads an encoder's states.</summary>
    public bool ReadsEncoder { get; init; }

    /// <summary>Layers that see a part of the text only; null for none.</summary>
    public WindowOptions? Window { get; init; }

    /// <summary>Attention.</summary>
    public required AttentionOptions Attention { get; init; }

    /// <summary>The MLP.</summary>
    public required MlpOptions Mlp { get; init; }

    /// <summary>The mixture of experts; null for none.</summary>
    public ExpertOptions? Experts { get; init; }

    /// <summary>The norms.</summary>
    public required NormOptions Norm { get; init; }

    /// <summary>Where they are.</summary>
    public NormPlacement Placement { get; init; }

    /// <summary>Whether attention in the first block has no norm before it (ModernBERT).</summary>
    public bool SkipsFirstNorm { get; init; }

    /// <summary>Whether there is a norm behind the last block.</summary>
    public bool HasFinalNorm { get; init; }

    /// <summary>The size of the states behind a last projection; null for none (OPT).</summary>
    public long? OutputWidth { get; init; }

    /// <summary>
    /// The blocks of each pass; null where each pass has one of its own. ALBERT's passes share blocks.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? SharedBlocks { get; init; }

    /// <summary>The id of padding; null where there is none.</summary>
    public long? PaddingId { get; init; }
}
