using Lrp.Core.Functions;

namespace Lrp.Core.Forward;

/// <summary>One of libtorch's operators as a composite's key for forward rules, where no named function stands for it.</summary>
/// <example><code>{ new OperatorKey("aten::logcumsumexp"), new OpaqueOperator() }</code></example>
public sealed class OperatorKey : FunctionKey
{
    /// <summary>A key for an operator.</summary>
    /// <param name="name">Its name, <c>aten::logcumsumexp</c> or <c>logcumsumexp</c>; all overloads and the in-place form count.</param>
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
    public override string? ObjectionTo(Rule rule) => rule is ForwardRule ? null : "a bare operator takes forward rules only.";

    /// <inheritdoc/>
    public override object? Apply(Rule rule, OperatorCall call, RuleSite site) => Declined;
}
