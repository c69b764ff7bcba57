using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>Layers that a config tells apart.</summary>
internal static class LayerSets
{
    /// <summary>The numbers of the layers for which a condition holds.</summary>
    public static IReadOnlySet<int> Where(long layers, Func<int, bool> condition) =>
        Enumerable.Range(0, (int)layers).Where(condition).ToHashSet();

    /// <summary>The window of the layers that <c>layer_types</c> names, or else of those of a condition.</summary>
    /// <param name="config">The config.</param>
    /// <param name="otherwise">Which layers have it where the config has no list.</param>
    /// <returns>Null where the config has no window.</returns>
    public static WindowOptions? Window(ModelConfig config, Func<int, bool> otherwise)
    {
        if (!config.Has("sliding_window"))
        {
            return null;
        }

        var types = config.Texts("layer_types");
        return new WindowOptions
        {
            Size = config.Whole("sliding_window"),
            Layers = Where(
                config.Whole("num_hidden_layers"),
                layer => types.Count > layer ? types[layer] == "sliding_attention" : otherwise(layer)
            ),
        };
    }
}
