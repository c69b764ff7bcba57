using Lrp.Rules;
using TorchSharp.Modules;

namespace Lrp.Composites;

/// <summary>Families of module types, as composites use them for keys.</summary>
public static class LayerTypes
{
    /// <summary>Convolutions and transposed convolutions.</summary>
    public static IReadOnlyList<Type> Convolution { get; } = [typeof(TorchSharp.Modules.Convolution)];

    /// <summary>Convolutions, transposed convolutions and fully connected layers.</summary>
    public static IReadOnlyList<Type> Linear { get; } =
    [typeof(TorchSharp.Modules.Convolution), typeof(TorchSharp.Modules.Linear)];

    /// <summary>Recurrent layers: LSTM, GRU and RNN.</summary>
    public static IReadOnlyList<Type> Recurrent { get; } = [typeof(LSTM), typeof(GRU), typeof(RNN)];

    /// <summary>Batch normalisation.</summary>
    public static IReadOnlyList<Type> BatchNorm { get; } = [typeof(TorchSharp.Modules.BatchNorm)];

    /// <summary>Layer normalisation with weights.</summary>
    public static IReadOnlyList<Type> LayerNorm { get; } =
    [typeof(TorchSharp.Modules.LayerNorm), typeof(Rules.Modules.AffineLayerNorm)];

    /// <summary>Average pooling.</summary>
    public static IReadOnlyList<Type> AveragePooling { get; } =
    [
        typeof(AvgPool1d),
        typeof(AvgPool2d),
        typeof(AvgPool3d),
        typeof(AdaptiveAvgPool1d),
        typeof(AdaptiveAvgPool2d),
        typeof(AdaptiveAvgPool3d),
    ];

    /// <summary>Activations: one tensor to one of the same shape, element by element.</summary>
    public static IReadOnlyList<Type> Activation => ActivationRule.ModuleTypes;

    /// <summary>Sums and differences as modules, such as the sum of a residual block.</summary>
    public static IReadOnlyList<Type> Sum { get; } =
    [typeof(Rules.Modules.Sum), typeof(Rules.Modules.Add), typeof(Rules.Modules.Sub)];

    /// <summary>Modules that say of themselves that they sum or average.</summary>
    public static IReadOnlyList<Type> Sharing { get; } = [typeof(ISharesRelevance)];

    /// <summary>Modules that say of themselves that they only scale what they get.</summary>
    public static IReadOnlyList<Type> Passing { get; } = [typeof(IPassesRelevance)];

    /// <summary>Products that say which factor is the gate.</summary>
    public static IReadOnlyList<Type> GatedProduct { get; } = [typeof(IGatedProduct)];
}
