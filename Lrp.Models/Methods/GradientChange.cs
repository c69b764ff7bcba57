using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>
/// A relevance rule told as a change of a module's gradient, so that input times gradient is the relevance. Both forms
/// of the rule follow from it: the efficient one, in which the gradient travels, and the explicit one, in which
/// relevance does.
/// </summary>
/// <remarks>AttnLRP (Achtibat et al. 2024), section 3 and appendix B.</remarks>
internal abstract class GradientChange
{
    /// <summary>Whether it is the module's own gradient, so that the efficient form has nothing to do.</summary>
    public virtual bool IsPlain => false;

    /// <summary>What <see cref="Change"/> reads of the forward pass.</summary>
    public abstract RuleNeeds Needs { get; }

    /// <summary>Whether an argument of the module takes relevance.</summary>
    public virtual bool TakesRelevance(int argument) => true;

    /// <summary>The changed gradient.</summary>
    /// <param name="call">The call of the module.</param>
    /// <param name="gradient">The gradient at its output. Not to be changed in place.</param>
    /// <returns>For each input a tensor in its shape; <paramref name="gradient"/> itself may be one of them.</returns>
    public abstract IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient);

    /// <summary>
    /// The explicit form where it is shorter than dividing by the output and multiplying by the inputs.
    /// </summary>
    /// <returns>Null where it is not.</returns>
    public virtual BackwardRule? ShortExplicitForm() => null;

    /// <summary>The rule in a form.</summary>
    /// <returns>Null for the plain gradient.</returns>
    public BackwardRule? In(RelevanceForm form) =>
        form == RelevanceForm.Explicit ? ShortExplicitForm() ?? new ExplicitRule(this)
        : IsPlain ? null
        : new EfficientRule(this);

    /// <summary>The rule of the module at which the explicit form begins: gradient above, relevance below.</summary>
    public BackwardRule AsStart() => new StartRule(this);
}
