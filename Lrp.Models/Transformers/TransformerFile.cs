using Lrp.Checkpoints;
using Lrp.Models.Transformers.Gguf;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>A model in one GGUF file.</summary>
internal static class TransformerFile
{
    /// <summary>How files end that need the other files of their folder.</summary>
    private static readonly string[] Parts = [".safetensors", ".bin", ".pth", ".pt", ".json"];

    /// <summary>Refuses a file that is only a part of a folder.</summary>
    /// <exception cref="ArgumentException">It is one.</exception>
    public static void ThrowIfPart(string path)
    {
        if (Parts.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"'{path}' is a part of a model's folder: give the folder, which has config.json too."
            );
        }
    }

    /// <summary>Loads the model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dtype">The element type of the parameters; null for float32.</param>
    /// <param name="keepQuantized">Whether linear layers leave their weights in the file.</param>
    /// <exception cref="GgufException">The file is damaged, is no model, or is one that is not supported.</exception>
    public static Transformer Load(string path, ScalarType? dtype, bool keepQuantized)
    {
        var file = GgufFile.Open(path);
        if (keepQuantized)
        {
            var stored = new StoredWeights(file);
            return Load(file, dtype, stored);
        }

        using (file)
        {
            return Load(file, dtype, stored: null);
        }
    }

    private static Transformer Load(GgufFile file, ScalarType? dtype, StoredWeights? stored)
    {
        Transformer? model = null;
        try
        {
            var (architecture, configuration) = GgufConfiguration.Read(file);
            var names = architecture.Names;
            var tensors = new CheckpointTensors(file, names, GgufArchitecture.Unused, "the GGUF file's metadata");
            model = new Transformer(configuration, dtype ?? tensors.Dtype) { Weights = stored };
            tensors.ReadInto(model, stored);
            return model;
        }
        catch (Exception error)
        {
            model?.Dispose();
            stored?.Dispose();
            if (error is CheckpointException and not GgufException)
            {
                throw new GgufModelException(error.Message, error);
            }

            throw;
        }
    }
}
