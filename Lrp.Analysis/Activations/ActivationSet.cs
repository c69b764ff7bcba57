using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Activations of layers over a data set, in memory, with labels and tokens alongside.</summary>
public sealed class ActivationSet : IDisposable
{
    private readonly Dictionary<string, Tensor> _layers;

    internal ActivationSet(IReadOnlyList<string> names, Dictionary<string, Tensor> layers, IReadOnlyList<double> labels, IReadOnlyList<string> tokens)
    {
        Layers = names;
        _layers = layers;
        Labels = labels;
        Tokens = tokens;
        Rows = layers[names[0]].shape[0];
    }

    /// <summary>The layers' names.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>How many rows there are.</summary>
    public long Rows { get; }

    /// <summary>A label a row; empty where none were given.</summary>
    public IReadOnlyList<double> Labels { get; }

    /// <summary>A token a row; empty where none were given.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>A layer's activations, (rows, neurons); they belong to this set.</summary>
    /// <param name="layer">The layer's name.</param>
    public Tensor this[string layer] => _layers.TryGetValue(layer, out Tensor? tensor)
        ? tensor
        : throw new KeyNotFoundException($"There are no activations of '{layer}'; there are of {string.Join(", ", Layers)}.");

    /// <summary>The labels as class numbers.</summary>
    /// <returns>(rows), Int64.</returns>
    /// <exception cref="InvalidOperationException">There are none, or some are not whole.</exception>
    public Tensor Classes() => Labels.Count == 0
        ? throw new InvalidOperationException("These activations were extracted without labels.")
        : Labels.All(double.IsInteger)
            ? tensor(Labels.Select(label => (long)label).ToArray(), dtype: ScalarType.Int64)
            : throw new InvalidOperationException("Some labels are not whole numbers; they are no classes.");

    /// <summary>All layers side by side, in the order of <see cref="Layers"/>.</summary>
    /// <returns>(rows, neurons of all layers); the caller disposes it.</returns>
    public Tensor Concatenated() => cat([.. Layers.Select(layer => _layers[layer])], 1);

    /// <summary>Frees the activations.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _layers.Values)
        {
            tensor.Dispose();
        }
    }
}
