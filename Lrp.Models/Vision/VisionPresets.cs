using Lrp.Composites;
using Lrp.Core;
using Lrp.Models.Methods;
using Lrp.Models.Vision.GradientRules;
using Lrp.Models.Vision.Parts;
using Lrp.Rules.Modules;
using TorchSharp.Modules;
using Add = Lrp.Rules.Modules.Add;
using Softmax = Lrp.Rules.Modules.Softmax;

namespace Lrp.Models.Vision;

/// <summary>Composites for the transformers and the ConvNeXt of this namespace.</summary>
/// <remarks>
/// For the convolutional networks here use <see cref="Presets"/>, such as <see cref="Presets.EpsilonPlusFlat"/>. They
/// have no rule for the products and the softmax of attention.
/// </remarks>
public static class VisionPresets
{
    private static readonly Type[] AllLayers =
    [
        .. LayerTypes.Convolution,
        .. LayerTypes.AveragePooling,
        .. LayerTypes.Activation,
        typeof(Linear),
        typeof(MatMul),
        typeof(Softmax),
        typeof(AffineLayerNorm),
        typeof(Tanh),
        typeof(Projection),
        typeof(Add),
        typeof(FeatureGate),
        typeof(Scale),
    ];

    /// <summary>In the efficient form a gradient travels between the ends of a network.</summary>
    private static Composite Ends =>
        new()
        {
            { NetworkEnd.IsOfImage, new GradientToRelevance() },
            { NetworkEnd.IsOfScores, new RelevanceToGradient() },
        };

    /// <summary>
    /// AttnLRP (Achtibat et al. 2024): products of attention share relevance equally, softmax is linearised, norms have
    /// a constant deviation, and activations pass relevance on.
    /// </summary>
    /// <param name="gammaConvolution">
    /// γ of <see cref="Rules.Gamma"/> on convolutions, which makes relevance less noisy; null for proportional shares.
    /// </param>
    /// <param name="gammaLinear">γ on fully connected layers, likewise.</param>
    /// <param name="form">
    /// What travels. Relevance of the image is the same in both; in the efficient form <c>Record</c> and
    /// <c>Conservation</c> show gradients inside the network.
    /// </param>
    /// <returns>The composite; relevance of the image is what <c>backward()</c> leaves in its <c>grad</c>.</returns>
    /// <remarks>
    /// The projections inside the attention of torchvision's transformers are functions there, so that γ does not
    /// reach them; those of Hugging Face's are layers, and it does.
    /// </remarks>
    public static Composite AttnLrp(
        double? gammaConvolution = null,
        double? gammaLinear = null,
        RelevanceForm form = RelevanceForm.Explicit
    ) => Of(gammaConvolution, gammaLinear, form, constantAttention: false);

    /// <summary>
    /// CP-LRP (Ali et al. 2022): as <see cref="AttnLrp"/>, with the weights of attention as constants, so that no
    /// relevance goes to queries and keys.
    /// </summary>
    /// <inheritdoc cref="AttnLrp"/>
    public static Composite CpLrp(
        double? gammaConvolution = null,
        double? gammaLinear = null,
        RelevanceForm form = RelevanceForm.Explicit
    ) => Of(gammaConvolution, gammaLinear, form, constantAttention: true);

    /// <summary>Gradient times input: no rule changes the gradient.</summary>
    /// <param name="form">What travels. Relevance of the image is the same in both.</param>
    /// <returns>The composite; relevance of the image is what <c>backward()</c> leaves in its <c>grad</c>.</returns>
    public static Composite GradientTimesInput(RelevanceForm form = RelevanceForm.Explicit) =>
        form switch
        {
            RelevanceForm.Explicit => new() { { AllLayers, new OwnGradient().In(form) } },
            RelevanceForm.Efficient => new() { Ends, { AllLayers, null } },
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "This is no form of relevance."),
        };

    private static Composite Of(
        double? gammaConvolution,
        double? gammaLinear,
        RelevanceForm form,
        bool constantAttention
    )
    {
        ThrowIfNoGamma(gammaConvolution, nameof(gammaConvolution));
        ThrowIfNoGamma(gammaLinear, nameof(gammaLinear));
        return form switch
        {
            RelevanceForm.Explicit => Explicit(gammaConvolution, gammaLinear, constantAttention),
            RelevanceForm.Efficient => Efficient(gammaConvolution, gammaLinear, constantAttention),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "This is no form of relevance."),
        };
    }

    private static Composite Explicit(double? gammaConvolution, double? gammaLinear, bool constantAttention)
    {
        // ε = 0 gives the numbers of the efficient form: what has no value has no relevance to share.
        Stabilizer exact = 0;
        var shares = LrpRule.Epsilon(exact);
        return new Composite
        {
            { LayerTypes.Convolution, gammaConvolution is { } gamma ? LrpRule.Gamma(gamma) : shares },
            { typeof(Linear), gammaLinear is { } factor ? LrpRule.Gamma(factor) : shares },
            { [typeof(Projection), typeof(Add)], shares },
            { LayerTypes.AveragePooling, shares },
            { typeof(MatMul), constantAttention ? shares : LrpRule.UniformEpsilon(exact) },
            { typeof(Softmax), constantAttention ? LrpRule.StopRelevance() : shares },
            { typeof(AffineLayerNorm), new FixedDeviation(exact) },
            { typeof(Tanh), shares },
            { LayerTypes.Activation, LrpRule.Pass() },
        };
    }

    private static Composite Efficient(double? gammaConvolution, double? gammaLinear, bool constantAttention) =>
        new()
        {
            Ends,
            { LayerTypes.Convolution, gammaConvolution is { } gamma ? new GammaGradient(gamma) : null },
            { typeof(Linear), gammaLinear is { } factor ? new GammaGradient(factor) : null },
            { typeof(MatMul), constantAttention ? null : new SharedGradient() },
            { typeof(Softmax), constantAttention ? LrpRule.StopRelevance() : null },
            { typeof(AffineLayerNorm), new FixedDeviation() },
            { typeof(Tanh), null },
            { LayerTypes.Activation, new ConstantRatio().In(RelevanceForm.Efficient) },
            { [typeof(Projection), typeof(Add), typeof(FeatureGate), typeof(Scale)], null },
            { LayerTypes.AveragePooling, null },
        };

    private static void ThrowIfNoGamma(double? gamma, string name)
    {
        if (gamma is { } value && !(value >= 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, "γ must be a finite number that is not negative.");
        }
    }
}
