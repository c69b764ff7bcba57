using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Composites;

/// <summary>The published composites, each as a new <see cref="Composite"/> to which entries may be added.</summary>
/// <remarks>
/// In those with LRP rules, activations and batch normalisation pass relevance on and average pooling and sums
/// normalise it; add <see cref="MergeBatchNorm"/> to have batch normalisation in the rules instead. Where fully
/// connected layers have Epsilon, recurrent layers have Recurrent with the same ε, whose biases always count. Every
/// other module keeps its plain gradient. To let entries of your own win, put them before the preset: <c>new Composite
/// { { "fc", new Flat() }, Presets.EpsilonPlus() }</c>.
/// </remarks>
public static class Presets
{
    /// <summary>ZPlus for convolutions, Epsilon for fully connected layers.</summary>
    /// <param name="epsilon">ε of the fully connected and the recurrent layers.</param>
    /// <param name="stabilizer">ε of the other rules' denominators.</param>
    /// <param name="excludeBias">Whether the rules see biases as zero.</param>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite EpsilonPlus(
        Stabilizer? epsilon = null,
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    ) => Layered(LrpRule.ZPlus(stabilizer, excludeBias), epsilon, stabilizer, excludeBias, canonizers);

    /// <summary>As <see cref="EpsilonPlus"/>, with Flat for the first linear layer.</summary>
    /// <inheritdoc cref="EpsilonPlus"/>
    public static Composite EpsilonPlusFlat(
        Stabilizer? epsilon = null,
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    )
    {
        var composite = EpsilonPlus(epsilon, stabilizer, excludeBias, canonizers);
        composite.Add(LayerKey.First(LayerTypes.Linear), LrpRule.Flat(stabilizer));
        return composite;
    }

    /// <summary>AlphaBeta with α = 2, β = 1 for convolutions, Epsilon for fully connected layers.</summary>
    /// <inheritdoc cref="EpsilonPlus"/>
    public static Composite EpsilonAlpha2Beta1(
        Stabilizer? epsilon = null,
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    ) => Layered(LrpRule.AlphaBeta(2, 1, stabilizer, excludeBias), epsilon, stabilizer, excludeBias, canonizers);

    /// <summary>As <see cref="EpsilonAlpha2Beta1"/>, with Flat for the first linear layer.</summary>
    /// <inheritdoc cref="EpsilonPlus"/>
    public static Composite EpsilonAlpha2Beta1Flat(
        Stabilizer? epsilon = null,
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    )
    {
        var composite = EpsilonAlpha2Beta1(epsilon, stabilizer, excludeBias, canonizers);
        composite.Add(LayerKey.First(LayerTypes.Linear), LrpRule.Flat(stabilizer));
        return composite;
    }

    /// <summary>
    /// ZBox for the first convolution, Gamma for the others, Epsilon for fully connected layers.
    /// </summary>
    /// <param name="low">The lowest value of an input element.</param>
    /// <param name="high">The highest.</param>
    /// <param name="epsilon">ε of the fully connected and the recurrent layers.</param>
    /// <param name="gamma">γ of the convolutions.</param>
    /// <param name="stabilizer">ε of the other rules' denominators.</param>
    /// <param name="excludeBias">Whether the rules see biases as zero.</param>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite EpsilonGammaBox(
        double low,
        double high,
        Stabilizer? epsilon = null,
        double gamma = 0.25,
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    ) =>
        GammaBox(LrpRule.ZBox(low, high, stabilizer, excludeBias), epsilon, gamma, stabilizer, excludeBias, canonizers);

    /// <inheritdoc cref="EpsilonGammaBox(double, double, Stabilizer?, double, Stabilizer?, bool,
    /// IEnumerable{ICanonizer})"/>
    /// <param name="low">
    /// The lowest value each input element can take: a scalar tensor, one value per channel (<c>[1, C, 1, 1]</c>), or a
    /// whole input.
    /// </param>
    /// <param name="high">The highest, likewise.</param>
    /// <param name="epsilon">ε of the fully connected and the recurrent layers.</param>
    /// <param name="gamma">γ of the convolutions.</param>
    /// <param name="stabilizer">ε of the other rules' denominators.</param>
    /// <param name="excludeBias">Whether the rules see biases as zero.</param>
    /// <param name="canonizers">Applied before matching.</param>
    public static Composite EpsilonGammaBox(
        Tensor low,
        Tensor high,
        Stabilizer? epsilon = null,
        double gamma = 0.25,
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    ) =>
        GammaBox(LrpRule.ZBox(low, high, stabilizer, excludeBias), epsilon, gamma, stabilizer, excludeBias, canonizers);

    /// <summary>ZPlus for all linear layers; activations keep their gradient (Zhang et al. 2016).</summary>
    /// <param name="stabilizer">ε of the denominators.</param>
    /// <param name="excludeBias">Whether the rules see biases as zero.</param>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite ExcitationBackprop(
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    ) =>
        new(canonizers)
        {
            { LayerTypes.Sum, LrpRule.Norm(stabilizer) },
            { LayerTypes.AveragePooling, LrpRule.Norm(stabilizer) },
            { LayerTypes.Linear, LrpRule.ZPlus(stabilizer, excludeBias) },
        };

    /// <summary>DeconvNet for ReLUs (Zeiler and Fergus 2014); the rest keeps its gradient.</summary>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite DeconvNet(params IEnumerable<ICanonizer> canonizers) =>
        new(canonizers) { { typeof(ReLU), new Rules.DeconvNet() } };

    /// <summary>GuidedBackprop for ReLUs (Springenberg et al. 2015); the rest keeps its gradient.</summary>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite GuidedBackprop(params IEnumerable<ICanonizer> canonizers) =>
        new(canonizers) { { typeof(ReLU), new Rules.GuidedBackprop() } };

    /// <summary>BetaSmooth for ReLUs (Dombrowski et al. 2019); the rest keeps its gradient.</summary>
    /// <param name="beta">β of the rule.</param>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite BetaSmooth(double beta = 10, params IEnumerable<ICanonizer> canonizers) =>
        new(canonizers) { { typeof(ReLU), new Rules.BetaSmooth(beta) } };

    private static Composite GammaBox(
        ZBox box,
        Stabilizer? epsilon,
        double gamma,
        Stabilizer? stabilizer,
        bool excludeBias,
        IEnumerable<ICanonizer> canonizers
    )
    {
        var composite = Layered(
            LrpRule.Gamma(gamma, stabilizer, excludeBias),
            epsilon,
            stabilizer,
            excludeBias,
            canonizers
        );
        composite.Add(LayerKey.First(LayerTypes.Convolution), box);
        return composite;
    }

    private static Composite Layered(
        BackwardRule convolution,
        Stabilizer? epsilon,
        Stabilizer? stabilizer,
        bool excludeBias,
        IEnumerable<ICanonizer> canonizers
    ) =>
        new(canonizers)
        {
            { LayerTypes.Activation, LrpRule.Pass() },
            { LayerTypes.Sum, LrpRule.Norm(stabilizer) },
            { LayerTypes.AveragePooling, LrpRule.Norm(stabilizer) },
            { LayerTypes.BatchNorm, LrpRule.Pass() },
            { LayerTypes.Convolution, convolution },
            { typeof(Linear), LrpRule.Epsilon(epsilon, excludeBias) },
            { LayerTypes.Recurrent, LrpRule.Recurrent(epsilon) },
        };
}
