using Lrp.Cli.Images;

namespace Lrp.Cli.Texts;

/// <summary>What the user gave to explain a text.</summary>
/// <param name="Model">A folder of the Hugging Face hub, or a GGUF file.</param>
/// <param name="Text">The text that is explained.</param>
internal sealed record TextRequest(string Model, string Text)
{
    /// <summary>The text that the model reads behind it.</summary>
    public string? Second { get; init; }

    /// <summary>The text that a sentence encoder compares it with.</summary>
    public string? Other { get; init; }

    /// <summary>The word whose class is explained.</summary>
    public string? Word { get; init; }

    /// <summary>What is explained; null for what the model predicts.</summary>
    public string? Target { get; init; }

    /// <summary>What the target is compared with.</summary>
    public string? Against { get; init; }

    /// <summary>Whether the similarity of two texts is explained.</summary>
    public bool IsSimilarity => Other is not null || IsSentenceEncoder;

    private bool IsSentenceEncoder => File.Exists(Path.Combine(Model, "modules.json"));

    /// <summary>Fails where something is missing or does not fit, before anything is loaded.</summary>
    public void Check()
    {
        if (string.IsNullOrWhiteSpace(Text))
        {
            throw new BadInputException("--text is empty.");
        }

        if (Second is not null && string.IsNullOrWhiteSpace(Second))
        {
            throw new BadInputException("--text-pair is empty.");
        }

        if (!Directory.Exists(Model) && ImageModels.Names.Contains(Model))
        {
            throw new BadInputException($"'{Model}' is an architecture for images: give a photograph as --image.");
        }

        if (!Directory.Exists(Model) && !File.Exists(Model))
        {
            throw new BadInputException(
                $"There is no folder or file '{Model}': name a folder of the Hugging Face hub, or a GGUF file."
            );
        }

        if (Path.GetExtension(Model).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException(
                $"'{Model}' has no tokenizer: explain a text with a folder of the Hugging Face hub or a GGUF file."
            );
        }

        if (Other is not null && File.Exists(Model))
        {
            throw new BadInputException(
                $"--against-text is for sentence encoders, which are folders, and '{Model}' is a file."
            );
        }

        if (Against is not null && Target is null)
        {
            throw new BadInputException("--against compares with --target, which is missing.");
        }

        if (IsSentenceEncoder && Other is null)
        {
            throw new BadInputException(
                $"'{Model}' is a sentence encoder: give the text that it is compared with as --against-text."
            );
        }

        if (IsSimilarity && Word is not null)
        {
            throw new BadInputException("--word is for models that give each word a class, not for sentence encoders.");
        }

        if (Other is not null && Second is not null && !IsSentenceEncoder)
        {
            throw new BadInputException(
                "--against-text is for sentence encoders, and --text-pair for other models: give one of them."
            );
        }

        if (IsSimilarity && Second is not null)
        {
            throw new BadInputException(
                $"'{Model}' is a sentence encoder, which reads one text at a time: give the text that it is compared "
                    + "with as --against-text, and not as --text-pair."
            );
        }

        if (Word is not null && string.IsNullOrWhiteSpace(Word))
        {
            throw new BadInputException("--word is empty.");
        }

        if (IsSimilarity && Target is not null)
        {
            throw new BadInputException(
                "--target has no meaning for a sentence encoder: it explains the similarity to --against-text."
            );
        }
    }
}
