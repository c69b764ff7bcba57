namespace Lrp.Models.Layers;

/// <summary>The shape of an attention layer.</summary>
public sealed record AttentionOptions
{
    /// <summary>The size of the states that go in and come out.</summary>
    public required long Width { get; init; }

    /// <summary>The number of heads.</summary>
    public required long Heads { get; init; }

    /// <summary>The number of heads of keys and values, which divides <see cref="Heads"/>.</summary>
    public required long KeyHeads { get; init; }

    /// <summary>The size of a head.</summary>
    public required long HeadSize { get; init; }

    /// <summary>The factor of the scores; null for 1/√<see cref="HeadSize"/>.</summary>
    public double? Scale { get; init; }

    /// <summary>Whether the scale is divided by the number of the layer, counted from 1 (GPT-2).</summary>
    public bool DividesScaleByLayer { get; init; }

    /// <summary>Whether queries, keys and values have a bias.</summary>
    public bool HasBias { get; init; }

    /// <summary>Whether the output has a bias.</summary>
    public bool HasOutputBias { get; init; }

    /// <summary>Whether each query and key is normalized, a head by itself.</summary>
    public bool NormalizesQueriesAndKeys { get; init; }

    /// <summary>The cap of the scores; null for none.</summary>
    public double? SoftCap { get; init; }
}
