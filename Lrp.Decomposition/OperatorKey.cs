using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;

namespace Lrp.Decomposition;

/// <summary>
/// A libtorch operator as a composite's key for decomposition rules, for operators that have no named function.
/// </summary>
/// <example><code>{ new OperatorKey("aten::logcumsumexp"), new OpaqueOperator() }</code></example>
public sealed class OperatorKey : FunctionKey
{
    /// <summary>Creates a key for an operator.</summary>
    /// <param name="name">
    /// The operator's name, <c>aten::logcumsumexp</c> or <c>logcumsumexp</c>. It covers all overloads and the in-place
    /// form.
    /// </param>
    public OperatorKey(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name[(name.LastIndexOf(':') + 1)..];
        Operators = [$"aten::{Name}"];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Operators { get; }

    /// <inheritdoc/>
    public override string? Validate(Rule rule) =>
        rule is DecompositionRule ? null : "an operator key takes decomposition rules only.";

    /// <inheritdoc/>
    public override object? Apply(Rule rule, OperatorCall call, RuleSite site) => Declined;
}
