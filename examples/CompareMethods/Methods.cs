using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;

namespace CompareMethods;

/// <summary>A method to compare.</summary>
/// <param name="Attributor">The method.</param>
/// <param name="Description">A short description for the report.</param>
/// <param name="Shares">
/// Whether the method distributes the output among the pixels, so that the sum of the relevance can be compared with
/// it.
/// </param>
internal sealed record Method(IAttributor Attributor, string Description, bool Shares = false);

/// <summary>The methods to compare.</summary>
internal static class Methods
{
    private const int Chunk = 200;

    public static IReadOnlyList<Method> All { get; } =
    [
        new(new Gradient { ChunkSize = Chunk }, "what the output is sensitive to"),
        new(
            new SmoothGrad
            {
                ChunkSize = Chunk,
                Copies = 25,
                NoiseLevel = 0.15,
            },
            "mean gradient of 25 noisy copies"
        ),
        new(new InputXGradient { ChunkSize = Chunk }, "as if the network were linear", Shares: true),
        new(
            new IntegratedGradients { ChunkSize = Chunk, Steps = 25 },
            "gradients on the path from an empty image, 25 points",
            Shares: true
        ),
        new(
            new Occlusion
            {
                ChunkSize = Chunk,
                Window = [4, 4],
                Stride = [2, 2],
            },
            "fall of the logit when a 4 x 4 patch is covered, shared by its pixels",
            Shares: true
        ),
        new(Composed("DeconvNet", Presets.DeconvNet()), "only positive gradients pass a ReLU"),
        new(Composed("Guided backprop", Presets.GuidedBackprop()), "positive gradients through active ReLUs"),
        new(Composed("Excitation backprop", Presets.ExcitationBackprop()), "z⁺ in all layers", Shares: true),
        new(Composed("LRP EpsilonPlus", Presets.EpsilonPlus()), "z⁺ in convolutions, ε in dense layers", Shares: true),
        new(
            Composed("LRP EpsilonPlusFlat", Presets.EpsilonPlusFlat()),
            "like EpsilonPlus, but Flat in the first layer",
            Shares: true
        ),
        new(
            Composed("LRP EpsilonAlpha2Beta1", Presets.EpsilonAlpha2Beta1()),
            "α 2, β 1 in convolutions, ε in dense layers",
            Shares: true
        ),
        new(
            Composed("LRP EpsilonGammaBox", Presets.EpsilonGammaBox(0, 1)),
            "γ in convolutions, ZBox from 0 to 1 in the first layer",
            Shares: true
        ),
    ];

    private static CompositeAttributor Composed(string name, Composite composite) =>
        new(composite, name) { ChunkSize = Chunk };
}
