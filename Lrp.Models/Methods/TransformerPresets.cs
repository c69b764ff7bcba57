using Lrp.Composites;
using Lrp.Core;

namespace Lrp.Models.Methods;

/// <summary>
/// The published rules for transformers, as composites over the modules of <see cref="Lrp.Models.Layers"/>.
/// </summary>
/// <remarks>
/// In the efficient form what arrives at a tensor is a gradient, and the tensor times it is the relevance: register it
/// with <see cref="RelevanceStart.Gradient"/>. In the explicit form relevance arrives.
/// </remarks>
public static class TransformerPresets
{
    /// <summary>
    /// AttnLRP (Achtibat et al. 2024): norms divide by a constant, activations multiply by one, and each product gives
    /// half to each factor. Softmax keeps its gradient.
    /// </summary>
    /// <param name="form">What travels.</param>
    /// <param name="softCapsAreActivations">
    /// Whether the soft caps of Gemma 2 have the rule of activations, or keep their gradient.
    /// </param>
    /// <returns>A new composite.</returns>
    public static Composite AttnLrp(RelevanceForm form = RelevanceForm.Efficient, bool softCapsAreActivations = true) =>
        (softCapsAreActivations ? MethodRules.AttnLrp : MethodRules.AttnLrpWithoutCaps).In(form);

    /// <summary>
    /// CP-LRP (Ali et al. 2022): as AttnLRP, but attention's weights, gates and the weights of experts are constants.
    /// </summary>
    /// <param name="form">What travels.</param>
    /// <returns>A new composite.</returns>
    public static Composite CpLrp(RelevanceForm form = RelevanceForm.Efficient) => MethodRules.CpLrp.In(form);

    /// <summary>Gradient times input: no rule changes anything.</summary>
    /// <param name="form">What travels.</param>
    /// <returns>A new composite.</returns>
    public static Composite GradientTimesInput(RelevanceForm form = RelevanceForm.Efficient) =>
        MethodRules.GradientTimesInput.In(form);
}
