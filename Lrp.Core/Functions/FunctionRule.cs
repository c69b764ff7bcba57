using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// A rule of your own for functions, which every <see cref="FunctionKey"/> accepts. Derive from it, or give
/// <see cref="From"/> a lambda.
/// </summary>
/// <remarks>
/// Defined for functions whose first result is a tensor and whose other results, such as the indices of a maximum, have
/// no gradient. The function itself runs unchanged; only the backward pass is the rule's.
/// </remarks>
public abstract class FunctionRule : Rule
{
    /// <summary>A rule from a lambda.</summary>
    /// <param name="propagate">As <see cref="Propagate"/>.</param>
    /// <param name="name">What reports print for the rule.</param>
    /// <returns>The rule.</returns>
    public static FunctionRule From(Func<FunctionCall, IReadOnlyList<Tensor?>> propagate, string name = "FunctionRule")
    {
        ArgumentNullException.ThrowIfNull(propagate);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new Delegated(propagate, name);
    }

    /// <summary>Distributes the relevance of the function's value among its operands.</summary>
    /// <param name="call">The operands, the value and its relevance. Gradients are off.</param>
    /// <returns>
    /// One entry for each operand: its relevance, null where it takes none. Relevance in the shape of the value is
    /// summed down to the shape of an operand that was broadcast.</returns>
    public abstract IReadOnlyList<Tensor?> Propagate(FunctionCall call);

    internal object? Apply(OperatorCall call, RuleSite site)
    {
        Tensor[] operands = [.. RuledOperator.OperandsOf(call)];
        if (call.IsInPlace)
        {
            return call.OnFirst(first => new RuledOperator(this, call).Run(site, [first, .. operands.Skip(1)]));
        }

        var ruled = new RuledOperator(this, call);
        var value = ruled.Run(site, operands);
        return ruled.Others.Count == 0 ? value : (object?[])[value, .. ruled.Others];
    }

    private sealed class Delegated(Func<FunctionCall, IReadOnlyList<Tensor?>> propagate, string name) : FunctionRule
    {
        public override IReadOnlyList<Tensor?> Propagate(FunctionCall call) => propagate(call);

        public override string ToString() => name;
    }
}

/// <summary>
/// A function that a model's <c>forward</c> calls, such as an addition or a softmax, as a composite's key.
/// </summary>
public abstract class FunctionKey
{
    /// <summary>The function's name, as reports print it.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The operators of libtorch that stand for it, <c>aten::add</c> for all overloads or <c>aten::add.Tensor</c> for
    /// one.
    /// </summary>
    public abstract IReadOnlyList<string> Operators { get; }

    /// <summary>Says why a rule cannot be used on the function, before anything is attached.</summary>
    /// <param name="rule">The rule of a composite's entry.</param>
    /// <returns>
    /// Null when the rule is defined for it, else half a sentence that continues "… is not defined for …:".
    /// </returns>
    public abstract string? Validate(Rule rule);

    /// <summary>
    /// What <see cref="Apply"/> returns for a call that does not belong to the function; the next entry is asked
    /// then.
    /// </summary>
    public static object Declined { get; } = new();

    /// <summary>Carries out one call of the function so that its rule acts in the backward pass.</summary>
    /// <param name="rule">The rule, one that <see cref="Validate"/> accepts.</param>
    /// <param name="call">
    /// The call. While functions have rules the model's parameters require no gradient: they are constants.
    /// </param>
    /// <param name="site">Where relevance and failures are reported to.</param>
    /// <returns>The call's result, <see cref="OperatorCall.LetThrough"/>, or <see cref="Declined"/>.</returns>
    public abstract object? Apply(Rule rule, OperatorCall call, RuleSite site);

    /// <summary>
    /// Whether a call of one of the operators belongs to the function; an entry with null keeps the gradient of no
    /// other.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="site">A site of the registration.</param>
    internal virtual bool Includes(OperatorCall call, RuleSite site) => true;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A function and its rule.</summary>
/// <param name="Key">The function.</param>
/// <param name="Rule">Its rule; null keeps its plain gradient.</param>
public sealed record FunctionEntry(FunctionKey Key, Rule? Rule)
{
    /// <summary>
    /// Whether a preset has added the entry: it is left out where functions cannot be intercepted, and nobody is told
    /// that a model does not call the function.
    /// </summary>
    internal bool IsOptional { get; init; }
}
