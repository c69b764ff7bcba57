using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>One batch of a data set.</summary>
/// <param name="Input">What the model is called with: (samples, …), for text mostly (samples, positions).</param>
public sealed record ActivationBatch(Tensor Input)
{
    /// <summary>
    /// For text, the word that each position belongs to, a list a sample: numbers that do not decrease from position to
    /// position, -1 where there is no word (padding, separators). Null takes every position as a word of its own.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? WordOfPosition { get; init; }

    /// <summary>A label a row: a word, or a sample where layers return one row a sample. Empty for none.</summary>
    public IReadOnlyList<double> Labels { get; init; } = [];

    /// <summary>The source token of each row. Empty for none.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];
}

/// <summary>How the positions of a word become the row of the word.</summary>
public enum WordAggregation
{
    /// <summary>The word's first position.</summary>
    First,

    /// <summary>The word's last position.</summary>
    Last,

    /// <summary>The mean over its positions.</summary>
    Mean,
}

/// <summary>How activations are extracted.</summary>
public sealed record ExtractionOptions
{
    /// <summary>How the positions of a word become one row.</summary>
    public WordAggregation Aggregation { get; init; } = WordAggregation.Last;

    /// <summary>Whether layers return (positions, samples, neurons), as recurrent modules do that are not batch first.</summary>
    public bool SequenceFirst { get; init; }

    /// <summary>The element type to keep; null for the model's own. Float16 halves memory and files.</summary>
    public ScalarType? Type { get; init; }

    /// <summary>The device to keep the activations on; null for that of the model. Shards are always written from the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>Whether to call the model in training mode, if it is in it; else it is set to evaluation for the extraction.</summary>
    public bool KeepTrainingMode { get; init; }
}

/// <summary>Where an extraction stands.</summary>
/// <param name="Batches">Batches done.</param>
/// <param name="Rows">Rows done.</param>
public readonly record struct ExtractionProgress(long Batches, long Rows);
