using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>The activations of layers for a data set, in memory, with labels and tokens.</summary>
public sealed class ActivationSet : IDisposable
{
    private readonly Dictionary<string, Tensor> _layers;

    internal ActivationSet(
        IReadOnlyList<string> names,
        Dictionary<string, Tensor> layers,
        IReadOnlyList<double> labels,
        IReadOnlyList<string> tokens
    )
    {
        Layers = names;
        _layers = layers;
        Labels = labels;
        Tokens = tokens;
        Rows = layers[names[0]].shape[0];
    }

    /// <summary>The layers' names.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>The number of rows.</summary>
    public long Rows { get; }

    /// <summary>One label per row; empty if none were given.</summary>
    public IReadOnlyList<double> Labels { get; }

    /// <summary>One token per row; empty if none were given.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Gets a layer's activations, (rows, neurons); they belong to this set.</summary>
    /// <param name="layer">The layer's name.</param>
    public Tensor this[string layer] =>
        _layers.TryGetValue(layer, out var tensor)
            ? tensor
            : throw new KeyNotFoundException(
                $"There are no activations of '{layer}', only of {string.Join(", ", Layers)}."
            );

    /// <summary>The labels as class numbers.</summary>
    /// <returns>(rows), Int64.</returns>
    /// <exception cref="InvalidOperationException">There are no labels, or some are not whole numbers.</exception>
    public Tensor Classes() =>
        Labels.Count == 0 ? throw new InvalidOperationException("These activations were extracted without labels.")
        : Labels.All(double.IsInteger) ? tensor(Labels.Select(label => (long)label).ToArray(), dtype: ScalarType.Int64)
        : throw new InvalidOperationException("Some labels are not whole numbers, so they are not classes.");

    /// <summary>Concatenates the neurons of all layers, in the order of <see cref="Layers"/>.</summary>
    /// <returns>(rows, neurons of all layers); the caller disposes it.</returns>
    public Tensor Concatenated() => cat([.. Layers.Select(layer => _layers[layer])], 1);

    /// <summary>Frees the activations.</summary>
    public void Dispose()
    {
        foreach (var tensor in _layers.Values)
        {
            tensor.Dispose();
        }
    }
}
