using Lrp.Checkpoints;
using Lrp.Models.Transformers.Gguf;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>A model in one GGUF file.</summary>
internal static class TransformerFile
{
    /// <summary>Loads the model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dtype">The element type of the parameters; null for that of most of the file's numbers.</param>
    /// <exception cref="GgufException">The file is damaged, is no model, or is one that is not supported.</exception>
    public static Transformer Load(string path, ScalarType? dtype)
    {
        using var file = GgufFile.Open(path);
        return Load(file, dtype);
    }

    /// <summary>Loads the model of an open file.</summary>
    public static Transformer Load(GgufFile file, ScalarType? dtype)
    {
        var (architecture, configuration) = GgufConfiguration.Read(file);
        var tensors = new CheckpointTensors(
            file,
            architecture.Names,
            GgufArchitecture.Unused,
            "the GGUF file's metadata"
        );
        var model = new Transformer(configuration, dtype ?? tensors.Dtype);
        try
        {
            tensors.ReadInto(model);
            return model;
        }
        catch (CheckpointException error) when (error is not GgufException)
        {
            model.Dispose();
            throw new GgufModelException(error.Message, error);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
