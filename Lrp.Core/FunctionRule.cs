using Lrp.Core.Functions;

namespace Lrp.Core;

/// <summary>A rule of one's own for functions, which every key takes; the rules of this library serve modules and functions alike.</summary>
/// <remarks>
/// What relevance does is best written as a <see cref="FunctionPropagation"/> and run by
/// <see cref="FunctionPropagation.Run(RuleSite?, TorchSharp.torch.Tensor[])"/>: values forward, shares backward.
/// </remarks>
public abstract class FunctionRule : Rule
{
    /// <summary>Carries out one call of a function so that the rule acts in the backward pass.</summary>
    /// <param name="call">The call.</param>
    /// <param name="site">Where relevance and failures are reported to.</param>
    /// <returns>The call's result, <see cref="OperatorCall.LetThrough"/>, or <see cref="FunctionKey.Declined"/>.</returns>
    public abstract object? Apply(OperatorCall call, RuleSite site);
}

/// <summary>A function inside somebody's <c>forward</c>, such as an addition or a softmax, as a composite's key.</summary>
public abstract class FunctionKey
{
    /// <summary>The function's name, as reports print it.</summary>
    public abstract string Name { get; }

    /// <summary>The operators of libtorch that stand for it, <c>aten::add</c> for all overloads or <c>aten::add.Tensor</c> for one.</summary>
    public abstract IReadOnlyList<string> Operators { get; }

    /// <summary>Says why a rule cannot be used on the function, before anything is attached.</summary>
    /// <param name="rule">The rule of a composite's entry.</param>
    /// <returns>Null when the rule is defined for it, else half a sentence that continues "… is not defined for …:".</returns>
    public abstract string? ObjectionTo(Rule rule);

    /// <summary>What <see cref="Apply"/> returns for a call that is none of the function after all; the next entry is asked then.</summary>
    public static object Declined { get; } = new();

    /// <summary>Carries out one call of the function so that its rule acts in the backward pass.</summary>
    /// <param name="rule">The rule, one without an objection.</param>
    /// <param name="call">The call. While functions have rules the model's parameters require no gradient: they are constants.</param>
    /// <param name="site">Where relevance and failures are reported to.</param>
    /// <returns>The call's result, <see cref="OperatorCall.LetThrough"/>, or <see cref="Declined"/>.</returns>
    public abstract object? Apply(Rule rule, OperatorCall call, RuleSite site);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A function and its rule.</summary>
/// <param name="Key">The function.</param>
/// <param name="Rule">Its rule; null leaves the function alone.</param>
public sealed record FunctionEntry(FunctionKey Key, Rule? Rule);
