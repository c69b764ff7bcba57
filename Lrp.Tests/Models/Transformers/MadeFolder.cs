using Lrp.Checkpoints;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>A model's folder, made for a test.</summary>
internal sealed class MadeFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Writes a folder with random weights.</summary>
    /// <param name="config">The text of config.json.</param>
    /// <param name="shapes">The names of the tensors and their shapes.</param>
    public MadeFolder(string config, params IEnumerable<(string Name, long[] Shape)> shapes)
        : this(config, Random(shapes)) { }

    /// <summary>Writes a folder with these weights, which belong to it from now on.</summary>
    public MadeFolder(string config, IReadOnlyDictionary<string, Tensor> weights)
    {
        Weights = weights;
        SafetensorsFile.Save(_folder.Of("model.safetensors"), weights);
        File.WriteAllText(_folder.Of("config.json"), config);
    }

    public string FullPath => _folder.Path;

    public IReadOnlyDictionary<string, Tensor> Weights { get; }

    /// <summary>The shapes of a linear layer's weight and bias.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Linear(
        string name,
        long inputs,
        long outputs,
        bool hasBias = true
    )
    {
        yield return ($"{name}.weight", [outputs, inputs]);
        if (hasBias)
        {
            yield return ($"{name}.bias", [outputs]);
        }
    }

    /// <summary>The shapes of a norm's weight and bias.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Norm(string name, long size) =>
        [($"{name}.weight", [size]), ($"{name}.bias", [size])];

    private static Dictionary<string, Tensor> Random(IEnumerable<(string Name, long[] Shape)> shapes) =>
        shapes.ToDictionary(entry => entry.Name, entry => randn(entry.Shape, dtype: ScalarType.Float64) * 0.4);

    public void Dispose()
    {
        foreach (var tensor in Weights.Values)
        {
            tensor.Dispose();
        }

        _folder.Dispose();
    }
}
