namespace Lrp.Models.Transformers.Configurations;

/// <summary>What a model's output is.</summary>
public enum TransformerTask
{
    /// <summary>The states behind the last block, B × T × D: a model without a head.</summary>
    States,

    /// <summary>The next token at each position, B × T × words.</summary>
    NextToken,

    /// <summary>The token at each position, B × T × words.</summary>
    MaskedToken,

    /// <summary>The class of a text, B × classes.</summary>
    TextClass,

    /// <summary>The class of each token, B × T × classes.</summary>
    TokenClass,

    /// <summary>How well an answer begins and how well it ends at each token, B × T × 2.</summary>
    AnswerSpan,
}

/// <summary>Which states a head reads.</summary>
public enum Pooling
{
    /// <summary>Those of every token.</summary>
    None,

    /// <summary>The first token's.</summary>
    First,

    /// <summary>The last token's that is no padding.</summary>
    Last,

    /// <summary>The mean over all tokens that are no padding.</summary>
    Mean,

    /// <summary>Those of the last token that ends a text.</summary>
    EndOfText,
}

/// <summary>A layer of the head before its output layer.</summary>
public sealed record HeadLayer
{
    /// <summary>The number of its outputs.</summary>
    public required long Width { get; init; }

    /// <summary>The name of the activation; null for none.</summary>
    public string? Activation { get; init; }

    /// <summary>Whether the linear layer has a bias.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The norm behind the activation; null for none.</summary>
    public NormOptions? Norm { get; init; }
}

/// <summary>What is computed from the states behind the last block.</summary>
public sealed record HeadConfiguration
{
    /// <summary>Which states it reads.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>A layer before the output layer; null for none.</summary>
    public HeadLayer? Layer { get; init; }

    /// <summary>The number of outputs.</summary>
    public required long Outputs { get; init; }

    /// <summary>Whether the output layer has a bias.</summary>
    public bool HasBias { get; init; }

    /// <summary>Whether the weights of the output layer are the table of the words.</summary>
    public bool IsTied { get; init; }

    /// <summary>The cap of the outputs; null for none.</summary>
    public double? SoftCap { get; init; }
}

/// <summary>A transformer, described in one language whatever brand it is.</summary>
public sealed record TransformerConfiguration
{
    /// <summary>The outputs for each token of a model that answers questions: the beginning, the end.</summary>
    internal const long EndsOfAnswer = 2;

    /// <summary>The brand, as <c>model_type</c> in config.json names it.</summary>
    public required string ModelType { get; init; }

    /// <summary>The class that wrote the checkpoint, as <c>architectures</c> in config.json names it.</summary>
    public required string Architecture { get; init; }

    /// <summary>What the output is.</summary>
    public required TransformerTask Task { get; init; }

    /// <summary>The stack whose states the head reads.</summary>
    public required StackConfiguration Stack { get; init; }

    /// <summary>The encoder that it reads; null where there is only one stack.</summary>
    public StackConfiguration? Encoder { get; init; }

    /// <summary>The head; null for the states themselves.</summary>
    public HeadConfiguration? Head { get; init; }

    /// <summary>The names of the classes; empty where there are none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The first token of a decoder that reads an encoder.</summary>
    public long? DecoderStartId { get; init; }

    /// <summary>The id that ends a text; null where there is none.</summary>
    public long? EndOfTextId { get; init; }

    /// <summary>The longest text in tokens; null where there is no limit.</summary>
    public long? LongestText { get; init; }

    /// <summary>Whether it says what comes behind a text; one with an encoder writes the text anew.</summary>
    internal bool ContinuesTexts => Task == TransformerTask.NextToken && Encoder is null;
}
