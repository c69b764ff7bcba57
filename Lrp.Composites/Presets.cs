using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Composites;

/// <summary>The published composites, each as a new <see cref="Composite"/> to which entries may be added.</summary>
/// <remarks>
/// <para>
/// In those with LRP rules, activations, batch and layer normalisation pass relevance on and average pooling and sums
/// normalise it; add <see cref="MergeBatchNorm"/> to have batch normalisation in the rules instead. Where fully
/// connected layers have Epsilon, recurrent layers have Recurrent with the same ε, whose biases always count. Every
/// other module keeps its plain gradient, and so do <see cref="Upsample"/> and <see cref="Mish"/>, to which zennit's
/// composites give no rule either.
/// </para>
/// <para>
/// Functions that a <c>forward</c> calls have the same rules, <see cref="Functions.Convolutional"/>. That needs the
/// native library <c>lrp_dispatch</c>; where it is missing, these entries are left out, and registering on a model that
/// has a <c>forward</c> of its own logs a warning.
/// </para>
/// <para>
/// To let entries of your own win, put them before the preset: <c>new Composite { { "fc", new Flat() },
/// Presets.EpsilonPlus() }</c>.
/// </para>
/// </remarks>
public static class Presets
{
    /// <summary>Epsilon for convolutions and fully connected layers.</summary>
    /// <inheritdoc cref="EpsilonPlus"/>
    public static Composite Epsilon(
        Stabilizer? epsilon = null,
        Stabilizer? stabilizer = null,
        bool excludeBias = false,
        params IEnumerable<ICanonizer> canonizers
    ) => Layered(LrpRule.Epsilon(epsilon, excludeBias), epsilon, stabilizer, excludeBias, canonizers);

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

    /// <summary>
    /// ZBox for the first convolution, Gamma for the others, Epsilon for fully connected layers.
    /// </summary>
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
    /// <returns>The composite.</returns>
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
    )
    {
        var composite = new Composite(canonizers)
        {
            { typeof(Upsample), null },
            { LayerTypes.Sum, LrpRule.Norm(stabilizer) },
            { LayerTypes.AveragePooling, LrpRule.Norm(stabilizer) },
            { LayerTypes.Linear, LrpRule.ZPlus(stabilizer, excludeBias) },
            { LayerTypes.Sharing, LrpRule.Norm(stabilizer) },
        };
        composite.AddWhereAvailable(
            Functions
                .Convolutional(stabilizer)
                .Where(entry => !ReferenceEquals(entry.Key, Functions.Activation))
                .Where(entry => !ReferenceEquals(entry.Key, Functions.BatchNorm))
        );
        return composite;
    }

    /// <summary>DeconvNet for ReLUs (Zeiler and Fergus 2014); the rest keeps its gradient.</summary>
    /// <remarks>
    /// For <see cref="ReLU"/> modules and for <c>relu</c> as a function. As in zennit's composite no other activation
    /// is meant: ReLU6 and LeakyReLU keep their gradient, and you may add entries for them.
    /// </remarks>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite DeconvNet(params IEnumerable<ICanonizer> canonizers) =>
        Rectified(LrpRule.DeconvNet(), canonizers);

    /// <summary>GuidedBackprop for ReLUs (Springenberg et al. 2015); the rest keeps its gradient.</summary>
    /// <inheritdoc cref="DeconvNet"/>
    public static Composite GuidedBackprop(params IEnumerable<ICanonizer> canonizers) =>
        Rectified(LrpRule.GuidedBackprop(), canonizers);

    /// <summary>BetaSmooth for ReLUs (Dombrowski et al. 2019); the rest keeps its gradient.</summary>
    /// <param name="beta">β of the rule.</param>
    /// <param name="canonizers">Applied before matching.</param>
    /// <returns>The composite.</returns>
    public static Composite BetaSmooth(double beta = 10, params IEnumerable<ICanonizer> canonizers) =>
        Rectified(LrpRule.BetaSmooth(beta), canonizers);

    private static Composite Rectified(RectifierRule rule, IEnumerable<ICanonizer> canonizers)
    {
        var composite = new Composite(canonizers) { { typeof(ReLU), rule } };
        composite.KeepsGradients = true;
        composite.AddWhereAvailable([new FunctionEntry(Functions.Relu, rule)]);
        return composite;
    }

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
    )
    {
        var composite = new Composite(canonizers)
        {
            { [typeof(Upsample), typeof(Mish)], null },
            { LayerTypes.Activation, LrpRule.Pass() },
            { LayerTypes.Sum, LrpRule.Norm(stabilizer) },
            { LayerTypes.AveragePooling, LrpRule.Norm(stabilizer) },
            { LayerTypes.BatchNorm, LrpRule.Pass() },
            { LayerTypes.LayerNorm, LrpRule.Pass() },
            { LayerTypes.Convolution, convolution },
            { typeof(Linear), LrpRule.Epsilon(epsilon, excludeBias) },
            { LayerTypes.Recurrent, LrpRule.Recurrent(epsilon) },
            { LayerTypes.Sharing, LrpRule.Norm(stabilizer) },
            { LayerTypes.Passing, LrpRule.Pass() },
            { LayerTypes.GatedProduct, LrpRule.GatedProduct() },
        };
        composite.AddWhereAvailable(Functions.Convolutional(stabilizer));
        return composite;
    }
}
