using Lrp.Composites;
using Lrp.Rules;

namespace Lrp.Benchmarks.Cases;

/// <summary>The composites that are measured.</summary>
/// <remarks>
/// In those with LRP rules, activations and batch norm pass relevance on unchanged, and average pools use Norm.
/// </remarks>
internal static class MeasuredComposites
{
    /// <summary>The composites' names, the smallest run that measures each, and functions that create them.</summary>
    public static readonly IReadOnlyList<(string Name, Extent From, Func<Composite> Create)> All =
    [
        (
            "Epsilon",
            Extent.Quick,
            () =>
                new Composite
                {
                    { LayerTypes.Activation, new Pass() },
                    { LayerTypes.BatchNorm, new Pass() },
                    { LayerTypes.AveragePooling, new Norm() },
                    { LayerTypes.Linear, new Epsilon(1e-6) },
                }
        ),
        ("EpsilonPlus", Extent.Quick, () => Presets.EpsilonPlus()),
        ("EpsilonPlusFlat", Extent.Quick, () => Presets.EpsilonPlusFlat()),
        ("EpsilonGammaBox", Extent.Quick, () => Presets.EpsilonGammaBox(-3, 3)),
        ("EpsilonAlpha2Beta1", Extent.Full, () => Presets.EpsilonAlpha2Beta1()),
        ("EpsilonAlpha2Beta1Flat", Extent.Full, () => Presets.EpsilonAlpha2Beta1Flat()),
        ("ExcitationBackprop", Extent.Full, () => Presets.ExcitationBackprop()),
        ("DeconvNet", Extent.Full, () => Presets.DeconvNet()),
        ("GuidedBackprop", Extent.Full, () => Presets.GuidedBackprop()),
        ("BetaSmooth", Extent.Full, () => Presets.BetaSmooth()),
    ];

    /// <summary>Creates a composite.</summary>
    public static Composite Named(string name) => All.First(composite => composite.Name == name).Create();
}
