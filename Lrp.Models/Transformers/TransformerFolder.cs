using Lrp.Checkpoints;
using Lrp.Models.Transformers.Brands;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>A model's folder as the Hugging Face hub has it.</summary>
internal static class TransformerFolder
{
    /// <inheritdoc cref="Transformer.Load"/>
    public static Transformer Load(string folder, ScalarType? dtype)
    {
        var (brand, configuration) = Read(folder);
        using var files = Checkpoint.Open(folder);
        var tensors = new CheckpointTensors(files, brand, configuration.Task);
        var model = new Transformer(configuration, dtype ?? tensors.Dtype);
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
    public static (Brand Brand, TransformerConfiguration Configuration) Read(string folder)
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

        var labels = config.Labels();
        var classes = labels.Count > 0 ? labels.Count : config.Whole("num_labels", 2);
        var stack = brand.Stack(config);
        return (
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
                DecoderStartId = brand.Encoder is null ? null : config.Whole("decoder_start_token_id"),
                EndOfTextId =
                    config.Has("eos_token_id") && brand.Encoder is not null ? config.Whole("eos_token_id") : null,
                LongestText = brand.LongestText(config),
            }
        );
    }
}
