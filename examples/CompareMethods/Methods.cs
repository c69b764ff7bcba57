using Lrp.Composites;
using Lrp.Composites.Attributors;

namespace CompareMethods;

/// <summary>A method that is compared.</summary>
/// <param name="Attributor">The method.</param>
/// <param name="Description">What a reader should know of it.</param>
/// <param name="Shares">Whether it means to share the output out among the pixels, so that their sum can be held against it.</param>
internal sealed record Method(IAttributor Attributor, string Description, bool Shares = false);

/// <summary>The methods that are compared.</summary>
internal static class Methods
{
    private const int Chunk = 200;

    public static IReadOnlyList<Method> All { get; } =
    [
        new(new Gradient { ChunkSize = Chunk }, "what the output is sensitive to"),
        new(new SmoothGrad { ChunkSize = Chunk, Copies = 25, NoiseLevel = 0.15 }, "mean gradient of 25 noisy copies"),
        new(new InputXGradient { ChunkSize = Chunk }, "as if the network were linear", Shares: true),
        new(new IntegratedGradients { ChunkSize = Chunk, Steps = 25 }, "gradients on the way from empty paper, 25 points", Shares: true),
        new(new Occlusion { ChunkSize = Chunk, Window = [4, 4], Stride = [2, 2] }, "fall of the logit behind a 4 x 4 patch"),
        new(Composed("DeconvNet", Presets.DeconvNet()), "only positive gradients pass a ReLU"),
        new(Composed("Guided backprop", Presets.GuidedBackprop()), "positive gradients through active ReLUs"),
        new(Composed("Excitation backprop", Presets.ExcitationBackprop()), "winners take the relevance, z⁺ everywhere", Shares: true),
        new(Composed("LRP EpsilonPlus", Presets.EpsilonPlus()), "z⁺ in convolutions, ε in dense layers", Shares: true),
        new(Composed("LRP EpsilonPlusFlat", Presets.EpsilonPlusFlat()), "as EpsilonPlus, first layer flat", Shares: true),
        new(Composed("LRP EpsilonAlpha2Beta1", Presets.EpsilonAlpha2Beta1()), "α 2, β 1 in convolutions, ε in dense layers", Shares: true),
        new(Composed("LRP EpsilonGammaBox", Presets.EpsilonGammaBox(0, 1)), "γ in convolutions, first layer boxed to 0…1", Shares: true),
    ];

    private static CompositeAttributor Composed(string name, Composite composite) => new(composite, name) { ChunkSize = Chunk };
}
