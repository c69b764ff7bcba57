using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>One batch of a data set.</summary>
/// <param name="Input">The model's input: (samples, …), for text usually (samples, positions).</param>
public sealed record ActivationBatch(Tensor Input)
{
    /// <summary>
    /// Further tensors that the model needs, such as a mask or token types; used by a function that runs the model.
    /// </summary>
    public IReadOnlyList<Tensor> Further { get; init; } = [];

    /// <summary>
    /// For text, the index of the word at each position, one list per sample. The indices must not decrease from
    /// position to position; -1 means that there is no word (padding, separators). When null, every position is its own
    /// word.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? WordOfPosition { get; init; }

    /// <summary>
    /// One label per row. A row is a word, or a sample if the layers return one row per sample. Empty for none.
    /// </summary>
    public IReadOnlyList<double> Labels { get; init; } = [];

    /// <summary>The source token of each row; empty for none.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];
}

/// <summary>How the positions of a word are combined into one row.</summary>
public enum WordAggregation
{
    /// <summary>Takes the word's first position.</summary>
    First,

    /// <summary>Takes the word's last position.</summary>
    Last,

    /// <summary>Takes the mean over the word's positions.</summary>
    Mean,
}

/// <summary>Options of an extraction of activations.</summary>
public sealed record ExtractionOptions
{
    /// <summary>How the positions of a word are combined into one row.</summary>
    public WordAggregation Aggregation { get; init; } = WordAggregation.Last;

    /// <summary>
    /// Whether layers return (positions, samples, neurons), like recurrent modules that are not batch first.
    /// </summary>
    public bool SequenceFirst { get; init; }

    /// <summary>
    /// The element type of the stored activations; null for the model's. Float16 halves memory and file size.
    /// </summary>
    public ScalarType? Type { get; init; }

    /// <summary>
    /// The device on which the activations are kept; null for the model's. Shards are always written from the CPU.
    /// </summary>
    public Device? Device { get; init; }

    /// <summary>
    /// Whether a model in training mode stays in it; otherwise it is in evaluation mode during the extraction.
    /// </summary>
    public bool KeepTrainingMode { get; init; }
}

/// <summary>The progress of an extraction.</summary>
/// <param name="Batches">The number of finished batches.</param>
/// <param name="Rows">The number of finished rows.</param>
public readonly record struct ExtractionProgress(long Batches, long Rows);
