using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;

namespace Lrp.Cli.Images;

/// <summary>A method for images, by the name that --method takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="About">A short description.</param>
internal sealed record ImageMethod(string Name, string About)
{
    /// <summary>The composite, for methods that are one.</summary>
    public Func<ImageModel, Composite>? Composite { get; init; }

    /// <summary>Whether relevance distributes the score, and does not only tell what it is sensitive to.</summary>
    public bool Distributes { get; init; }

    /// <summary>The attributor, for all others.</summary>
    public Func<IAttributor>? Other { get; init; }

    /// <summary>The method, ready for a network.</summary>
    public IAttributor For(ImageModel model) =>
        Composite is { } composite ? new CompositeAttributor(model.Complete(composite(model)), Name) : Other!();
}

/// <summary>The methods for images.</summary>
internal static class ImageMethods
{
    private const int Chunk = 8;

    public static IReadOnlyList<ImageMethod> All { get; } =
    [
        Rules(
            "epsilon-plus-flat",
            "LRP: z⁺ in convolutions, ε in dense layers, flat in the first",
            _ => Presets.EpsilonPlusFlat()
        ),
        Rules("epsilon-plus", "LRP: z⁺ in convolutions, ε in dense layers", _ => Presets.EpsilonPlus()),
        Rules(
            "epsilon-alpha2-beta1-flat",
            "LRP: α 2, β 1 in convolutions, flat in the first",
            _ => Presets.EpsilonAlpha2Beta1Flat()
        ),
        Rules(
            "epsilon-alpha2-beta1",
            "LRP: α 2, β 1 in convolutions, ε in dense layers",
            _ => Presets.EpsilonAlpha2Beta1()
        ),
        Rules("epsilon-gamma-box", "LRP: γ in convolutions, the range of pixels in the first layer", GammaBox),
        Rules("epsilon", "LRP: ε in all layers", _ => Presets.Epsilon()),
        Rules(
            "attnlrp",
            "AttnLRP, for networks with attention and ConvNeXt",
            model => Of(model, model.AttnLrp, "attnlrp")
        ),
        Rules(
            "cp-lrp",
            "CP-LRP: as AttnLRP, the weights of attention as constants",
            model => Of(model, model.CpLrp, "cp-lrp")
        ),
        Rules("excitation-backprop", "z⁺ in all layers", _ => Presets.ExcitationBackprop()),
        OfRectifiers("guided-backprop", "only positive gradients through active ReLUs", () => Presets.GuidedBackprop()),
        OfRectifiers("deconvnet", "only positive gradients through ReLUs", () => Presets.DeconvNet()),
        OfRectifiers("beta-smooth", "gradients of a smooth ReLU", () => Presets.BetaSmooth()),
        new("gradient", "what the score is sensitive to") { Other = () => new Gradient() },
        new("gradient-times-input", "gradient times input") { Other = () => new InputXGradient() },
        new("ig", "integrated gradients, from a grey image, 32 points")
        {
            Other = () => new IntegratedGradients { Steps = 32, ChunkSize = Chunk },
        },
        new("smoothgrad", "mean gradient of 25 noisy copies")
        {
            Other = () => new SmoothGrad { Copies = 25, ChunkSize = Chunk },
        },
        new("occlusion", "fall of the score when a patch of 16 × 16 pixels is covered")
        {
            Other = () =>
                new Occlusion
                {
                    Window = [16, 16],
                    Stride = [8, 8],
                    ChunkSize = Chunk,
                },
        },
    ];

    /// <summary>The method of a name.</summary>
    /// <param name="name">The name; null for the one that fits the network.</param>
    /// <param name="model">The network.</param>
    public static ImageMethod Of(string? name, ImageModel model) =>
        Named(name ?? (model.HasAttention ? "attnlrp" : "epsilon-plus-flat"));

    /// <summary>The method of a name.</summary>
    public static ImageMethod Named(string name) =>
        All.FirstOrDefault(method => method.Name == name)
        ?? throw new BadInputException(
            $"There is no method '{name}' for images; there are "
                + $"{string.Join(", ", All.Select(method => method.Name))}."
        );

    private static ImageMethod Rules(string name, string about, Func<ImageModel, Composite> composite) =>
        new(name, about) { Composite = composite, Distributes = true };

    /// <summary>A method that changes nothing but the gradient of ReLUs.</summary>
    private static ImageMethod OfRectifiers(string name, string about, Func<Composite> composite) =>
        new(name, about)
        {
            Composite = model =>
                model.HasOtherActivations
                    ? throw new BadInputException(
                        $"{name} changes the gradient of ReLUs, and {model.Name} has none: it would be the plain "
                            + "gradient. Take gradient, or epsilon-plus-flat."
                    )
                    : composite(),
        };

    private static Composite GammaBox(ImageModel model)
    {
        var (low, high) = model.Format.Range;
        return Presets.EpsilonGammaBox(low, high);
    }

    private static Composite Of(ImageModel model, Func<Composite>? composite, string name) =>
        composite?.Invoke()
        ?? throw new BadInputException(
            $"{name} is for networks with attention, and {model.Name} has none: take epsilon-plus-flat."
        );
}
