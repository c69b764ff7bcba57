namespace Lrp.Models.Vision;

/// <summary>The sizes of a Swin transformer, by the names of torchvision's constructor.</summary>
public sealed record SwinOptions
{
    /// <summary>The number of colours.</summary>
    public long Channels { get; init; } = 3;

    /// <summary>Height and width of a patch.</summary>
    public (long Height, long Width) PatchSize { get; init; } = (4, 4);

    /// <summary>The features of a position in the first stage; each stage has twice those of the one before.</summary>
    public long EmbedSize { get; init; } = 96;

    /// <summary>The number of blocks of each stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 6, 2];

    /// <summary>The number of heads of each stage.</summary>
    public IReadOnlyList<long> Heads { get; init; } = [3, 6, 12, 24];

    /// <summary>Height and width of a window, in positions.</summary>
    public (long Height, long Width) WindowSize { get; init; } = (7, 7);

    /// <summary>The features between the two layers of a block's MLP, divided by those of a position.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>The activation between them, as Hugging Face's configurations name it.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>
    /// Whether query, key, value and output of attention are linear layers, as in Hugging Face's models, so that rules
    /// for <c>Linear</c> match them; otherwise they are functions, as in torchvision's.
    /// </summary>
    public bool SeparateProjections { get; init; }

    /// <summary>Whether query, key and value have biases, where they are linear layers.</summary>
    public bool ProjectionBias { get; init; } = true;

    /// <summary>Added to the variance in layer normalisation.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>The number of classes.</summary>
    public long Classes { get; init; } = 1000;
}
