using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>Layers that a config tells apart.</summary>
internal static class LayerSets
{
    private const string Nearby = "sliding_attention";
    private const string Everywhere = "full_attention";

    /// <summary>The numbers of the layers for which a condition holds.</summary>
    public static IReadOnlySet<int> Where(long layers, Func<int, bool> condition) =>
        Enumerable.Range(0, (int)layers).Where(condition).ToHashSet();

    /// <summary>The window of the layers that <c>layer_types</c> names, or else of those of a condition.</summary>
    /// <param name="config">The config.</param>
    /// <param name="otherwise">Which layers have it where the config has no list.</param>
    /// <param name="ifAbsent">The window where the config does not say; null for none.</param>
    /// <returns>Null where the config has no window.</returns>
    /// <exception cref="NotSupportedException">A layer is of a type that is not known.</exception>
    public static WindowOptions? Window(ModelConfig config, Func<int, bool> otherwise, long? ifAbsent = null)
    {
        if (config.WholeOrNull("sliding_window", ifAbsent) is not { } size)
        {
            return null;
        }

        return new WindowOptions { Size = size, Layers = WithWindow(config, otherwise) };
    }

    /// <summary>The layers that <c>layer_types</c> says to have a window, or else those of a condition.</summary>
    /// <exception cref="NotSupportedException">A layer is of a type that is not known.</exception>
    public static IReadOnlySet<int> WithWindow(ModelConfig config, Func<int, bool> otherwise)
    {
        var types = config.Texts("layer_types");
        if (types.FirstOrDefault(type => type is not (Nearby or Everywhere)) is { } unknown)
        {
            throw new NotSupportedException(
                $"{config.Path} has a layer of the type '{unknown}'; those that are known: {Everywhere}, {Nearby}."
            );
        }

        return Where(
            config.Whole("num_hidden_layers"),
            layer => types.Count > layer ? types[layer] == Nearby : otherwise(layer)
        );
    }
}
