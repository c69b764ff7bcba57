using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;

namespace Lrp.Decomposition;

/// <summary>
/// A libtorch operator as a composite's key, for operators that have no named function: for decomposition rules, and in
/// the backward pass for <c>StopRelevance</c> or a <see cref="FunctionRule"/> of your own.
/// </summary>
/// <example><code>{ new OperatorKey("aten::logcumsumexp"), new OpaqueOperator() }</code></example>
public sealed class OperatorKey : FunctionKey
{
    /// <summary>Creates a key for an operator.</summary>
    /// <param name="name">
    /// The operator's name, <c>aten::logcumsumexp</c> or <c>logcumsumexp</c>. It covers all overloads, the in-place
    /// form, and the operator's other names, such as <c>special_softmax</c> for <c>softmax</c>. With an overload,
    /// <c>aten::max.dim</c>, it covers that one alone.
    /// </param>
    public OperatorKey(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name[(name.LastIndexOf(':') + 1)..];
        Operators = Name.Contains('.', StringComparison.Ordinal)
            ? [$"aten::{Name}"]
            : [.. OperatorAliases.Of(Name).SelectMany(alias => new[] { $"aten::{alias}", $"aten::{alias}_" })];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Operators { get; }

    /// <inheritdoc/>
    public override string? Validate(Rule rule) =>
        rule is DecompositionRule or BackwardRule { EndsRelevance: true } or FunctionRule
            ? null
            : "an operator key takes decomposition rules, StopRelevance, or a FunctionRule of your own.";

    /// <inheritdoc/>
    public override object? Apply(Rule rule, OperatorCall call, RuleSite site)
    {
        ArgumentNullException.ThrowIfNull(call);
        return rule switch
        {
            BackwardRule { EndsRelevance: true } => call.InvokeDetached(),
            FunctionRule own => own.Apply(call, site),
            _ => Declined,
        };
    }
}
