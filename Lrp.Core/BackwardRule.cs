using Lrp.Core.Engine;
using Lrp.Core.Hooks;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>
/// A rule that turns relevance at a module's outputs into relevance at its inputs during <c>backward()</c>.
/// </summary>
/// <remarks>
/// <para>
/// To write one: say in <see cref="NeedsFor"/> what the rule needs from the forward pass, compute the relevance of the
/// inputs in <see cref="Propagate"/>, and object in <see cref="ModuleRule.ObjectionTo"/> to modules it is not meant
/// for.
/// </para>
/// <para>
/// An exception in <see cref="Propagate"/> does not leave the backward pass: the relevance below becomes NaN, and the
/// registration keeps the exception and throws it at the next call that can.
/// </para>
/// </remarks>
public abstract class BackwardRule : ModuleRule
{
    /// <summary>What the rule needs from the forward pass of a module.</summary>
    /// <param name="module">The module.</param>
    /// <returns>By default nothing but shapes.</returns>
    public virtual RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Shapes;

    /// <summary>
    /// Whether the rule hands relevance on as it is, so that the engine may join a ReLU with it to the layer before.
    /// </summary>
    public virtual bool PassesUnchanged => false;

    /// <summary>
    /// Whether an output's value matters to the rule only if that output has relevance, so that a rectified copy of
    /// the outputs serves as well as they do when relevance arrives at positive outputs only.
    /// </summary>
    public virtual bool ReadsOnlyRelevantOutputs => false;

    /// <summary>Distributes relevance.</summary>
    /// <param name="call">
    /// The relevance at the outputs and what the rule asked for. Tensors made here are freed when the method returns,
    /// except those that it returns; gradients are off.
    /// </param>
    /// <returns>
    /// Relevance for each input that takes part, in the input's shape; null stands for zero. A tensor of
    /// <see cref="RelevanceCall.OutputRelevance"/> may be returned as it is, but may not be changed in place.
    /// </returns>
    public abstract IReadOnlyList<Tensor?> Propagate(RelevanceCall call);

    /// <inheritdoc/>
    public sealed override IModuleInterceptor Intercept(RuleSite site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return PassesUnchanged && site.Module is TorchSharp.Modules.ReLU
            ? new RectifierInterceptor(site, this)
            : new RelevanceInterceptor(site, this);
    }
}
