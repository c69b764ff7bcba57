using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>
/// A rule that turns relevance at a module's outputs into relevance at its inputs during <c>backward()</c>.
/// </summary>
/// <remarks>
/// <para>
/// To write one: say in <see cref="NeedsFor"/> what the rule needs from the forward pass, compute the relevance of the
/// inputs in <see cref="Propagate"/>, and refuse in <see cref="Validate"/> the modules that it is not meant for.
/// </para>
/// <para>
/// An exception in <see cref="Propagate"/> does not leave the backward pass: the relevance below becomes NaN, and the
/// registration keeps the exception and throws it at the next call that can.
/// </para>
/// </remarks>
public abstract class BackwardRule : Rule
{
    /// <summary>Says why the rule cannot be used on a module, before anything is attached.</summary>
    /// <param name="module">The module that a composite's entry matched.</param>
    /// <returns>
    /// Null when the rule is defined for it, else half a sentence that continues "… is not defined for …:".
    /// </returns>
    public virtual string? Validate(nn.Module module) => null;

    /// <summary>What the rule needs from the forward pass of a module.</summary>
    /// <param name="module">The module.</param>
    /// <returns>By default nothing but shapes.</returns>
    public virtual RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Shapes;

    /// <summary>
    /// Whether an argument of a module takes relevance. One that takes none is a constant of the call, which the rule
    /// is not asked about, and nothing is computed below it.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="argument">The number of the tensor among all that the module is given, from 0 on.</param>
    /// <returns>True by default.</returns>
    public virtual bool TakesRelevance(nn.Module module, int argument) => true;

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

    /// <summary>Whether sums of relevance have a meaning: rules that change gradients do not conserve them.</summary>
    internal virtual bool Conserves => true;

    /// <summary>Whether the rule passes nothing on, whatever the module or the function.</summary>
    internal virtual bool EndsRelevance => false;

    /// <summary>
    /// Whether the module's parameters have to be the same, unchanged, when relevance arrives; the graph then keeps
    /// them.
    /// </summary>
    internal virtual bool ReadsParameters(nn.Module module) => true;

    /// <summary>
    /// Whether the rules of the modules inside still act; otherwise the rule decides about all of it.
    /// </summary>
    internal virtual bool LeavesTheInside => false;

    /// <summary>What the engine may assume when it joins the module with a ReLU.</summary>
    internal virtual JoiningTraits Joining => JoiningTraits.None;
}

/// <summary>What a rule allows the engine when a layer and the ReLU behind it become one node.</summary>
[Flags]
internal enum JoiningTraits
{
    /// <summary>Nothing: the module stays a node of its own.</summary>
    None = 0,

    /// <summary>
    /// The rule passes relevance on as it is, so that a ReLU with it may be joined to the layer before.
    /// </summary>
    PassesRelevanceOn = 1,

    /// <summary>
    /// An output's value matters to the rule only where that output has relevance, so that a rectified copy of the
    /// outputs serves as well when relevance arrives at positive outputs only.
    /// </summary>
    ReadsOutputsWhereRelevant = 2,
}
