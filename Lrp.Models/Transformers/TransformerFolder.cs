using Lrp.Checkpoints;
using Lrp.Models.Transformers.Brands;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>A model's folder as the Hugging Face hub has it, with what its config.json says.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Brand">The brand.</param>
/// <param name="Configuration">How the model is built.</param>
internal sealed record TransformerFolder(string Folder, Brand Brand, TransformerConfiguration Configuration)
{
    /// <summary>Reads the weights.</summary>
    /// <inheritdoc cref="Transformer.Load"/>
    public Transformer Load(ScalarType? dtype)
    {
        Transformer.ThrowUnlessFloating(dtype);
        using var files = Checkpoint.Open(Folder);
        ConfigurationChecks.Check(Configuration, files, Path.Combine(Folder, "config.json"));
        var tensors = new CheckpointTensors(files, Brand, Configuration.Task);
        var model = new Transformer(Configuration, dtype ?? tensors.Dtype);
        try
        {
            tensors.ReadInto(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads config.json.</summary>
    public static TransformerFolder Read(string folder)
    {
        var config = ModelConfig.OfFolder(folder);
        var modelType = config.Text("model_type", "");
        var architecture = config.Architecture ?? "Model";
        var (brand, task) = KnownBrands.Of(modelType, architecture, config.Path);
        if (brand.Refuse(config) is { } reason)
        {
            throw new NotSupportedException(
                $"{config.Path} asks for {reason}, which is not supported for {modelType}."
            );
        }

        if (config.Part("quantization_config") is { } quantization)
        {
            throw new NotSupportedException(
                $"{config.Path} says that the weights are quantised ({quantization.Text("quant_method", "?")}): take "
                    + "the folder of the model that was quantised, or a GGUF file of it."
            );
        }

        brand = brand.Fit(brand, config);

        // A config that names no classes has two, as transformers has it.
        var labels = config.Labels();
        if (labels.Count == 0)
        {
            labels = [.. Enumerable.Range(0, (int)config.Whole("num_labels", 2)).Select(k => $"LABEL_{k}")];
        }

        var classes = labels.Count;
        var stack = StackOf(brand, config);
        var decoder = brand.DecoderIds?.Invoke(config);
        return new TransformerFolder(
            folder,
            brand,
            new TransformerConfiguration
            {
                ModelType = modelType,
                Architecture = architecture,
                Task = task,
                Stack = stack,
                Encoder = brand.Encoder?.Invoke(config),
                Head = task == TransformerTask.States ? null : brand.Heads[task].Read(config, classes),
                Labels = task is TransformerTask.TextClass or TransformerTask.TokenClass ? labels : [],
                DecoderStartId = decoder?.Start,
                EndOfTextId = decoder?.End,
                LongestText = brand.LongestText(config),
            }
        );
    }

    private static StackConfiguration StackOf(Brand brand, ModelConfig config)
    {
        try
        {
            return brand.Stack(config);
        }
        catch (DivideByZeroException error)
        {
            throw new FormatException(
                $"{config.Path} has 0 heads or another size of 0, and needs a positive one.",
                error
            );
        }
    }
}
