namespace Lrp.Models.Vision;

/// <summary>The sizes of a vision transformer.</summary>
public sealed record VisionTransformerOptions
{
    /// <summary>Height and width of an image.</summary>
    public long ImageSize { get; init; } = 224;

    /// <summary>Height and width of a patch.</summary>
    public long PatchSize { get; init; } = 16;

    /// <summary>The number of colours.</summary>
    public long Channels { get; init; } = 3;

    /// <summary>The number of blocks.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>The number of heads of attention.</summary>
    public long Heads { get; init; } = 12;

    /// <summary>The features of a position.</summary>
    public long HiddenSize { get; init; } = 768;

    /// <summary>The features between the two layers of a block's MLP.</summary>
    public long MlpSize { get; init; } = 3072;

    /// <summary>The activation between them, as Hugging Face's configurations name it.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>The number of classes.</summary>
    public long Classes { get; init; } = 1000;

    /// <summary>The features of a layer before the last, with tanh; null for none.</summary>
    public long? RepresentationSize { get; init; }

    /// <summary>Added to the variance in layer normalisation.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>
    /// Whether query, key, value and output of attention are linear layers, as in Hugging Face's models, so that rules
    /// for <c>Linear</c> match them; otherwise they are functions, as in torchvision's.
    /// </summary>
    public bool SeparateProjections { get; init; }

    /// <summary>Whether query, key and value have biases, where they are linear layers.</summary>
    public bool ProjectionBias { get; init; } = true;

    /// <summary>Whether there is a distillation token behind the class token (DeiT).</summary>
    public bool DistillationToken { get; init; }

    /// <summary>
    /// Whether the distillation token has a classifier of its own, and the scores are the mean of both.
    /// </summary>
    public bool DistillationClassifier { get; init; }
}
