namespace Lrp.Models.Transformers.Configurations;

/// <summary>How one of our parameters lies in a tensor of the file.</summary>
internal enum TensorPart
{
    /// <summary>It is the tensor.</summary>
    Whole,

    /// <summary>The rows behind those of the entries before it that name the same tensor.</summary>
    Following,

    /// <summary>Head by head: rows of the first entry, then of the second, and so on (GPT-NeoX).</summary>
    ByHead,

    /// <summary>
    /// It is the tensor, but rows that rotary positions turn together are neighbours in the file, and half of the
    /// turned rows apart in ours (llama.cpp's LLaMA).
    /// </summary>
    Neighbours,
}

/// <summary>The name of a module, or of a parameter, of ours and in the file. {k} is a block, {e} an expert.</summary>
/// <param name="Ours">Our name.</param>
/// <param name="Theirs">The file's name.</param>
/// <param name="Part">Where in the tensor it lies.</param>
/// <param name="IsTransposed">Whether the file has weights as inputs × outputs (GPT-2).</param>
internal sealed record TensorName(
    string Ours,
    string Theirs,
    TensorPart Part = TensorPart.Whole,
    bool IsTransposed = false
)
{
    /// <summary>Names inside of a module of ours and of the file.</summary>
    public static IEnumerable<TensorName> Inside(string ours, string theirs, IEnumerable<TensorName> names) =>
        names.Select(name => name with { Ours = ours + name.Ours, Theirs = theirs + name.Theirs });
}

/// <summary>A head of a brand: how it is built, and its names.</summary>
/// <param name="Read">Reads it from the config, given the number of classes.</param>
/// <param name="Names">Its names.</param>
internal sealed record BrandHead(Func<ModelConfig, long, HeadConfiguration> Read, IReadOnlyList<TensorName> Names);

/// <summary>A brand: what its config.json and its checkpoints say, in our words.</summary>
internal sealed record Brand
{
    /// <summary>The values of <c>model_type</c>.</summary>
    public required IReadOnlyList<string> ModelTypes { get; init; }

    /// <summary>The stack that the head reads.</summary>
    public required Func<ModelConfig, StackConfiguration> Stack { get; init; }

    /// <summary>The encoder that it reads, for an encoder with a decoder.</summary>
    public Func<ModelConfig, StackConfiguration>? Encoder { get; init; }

    /// <summary>
    /// What the names of everything but the head begin with; a checkpoint of a model without a head may leave it out.
    /// </summary>
    public required string Prefix { get; init; }

    /// <summary>Names of everything but the head, without the prefix.</summary>
    public required IReadOnlyList<TensorName> Names { get; init; }

    /// <summary>The heads, by task.</summary>
    public required IReadOnlyDictionary<TransformerTask, BrandHead> Heads { get; init; }

    /// <summary>Parts of names of tensors that a checkpoint may have and a model does not need.</summary>
    public IReadOnlyList<string> Unused { get; init; } = [];

    /// <summary>The longest text in tokens; null where there is no limit.</summary>
    public Func<ModelConfig, long?> LongestText { get; init; } = _ => null;

    /// <summary>
    /// The ids that start a decoder that reads an encoder, and that end a text; null for other models.
    /// </summary>
    public Func<ModelConfig, (long Start, long End)>? DecoderIds { get; init; }

    /// <summary>The brand with names that depend on the config.</summary>
    public Func<Brand, ModelConfig, Brand> Fit { get; init; } = (brand, _) => brand;

    /// <summary>Says what of a config is not supported; null where all of it is.</summary>
    public Func<ModelConfig, string?> Refuse { get; init; } = _ => null;
}
