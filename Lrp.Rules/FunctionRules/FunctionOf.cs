using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// A function of torch as a composite's key: the operators that stand for it, the rules it takes, and what each does.
/// </summary>
/// <param name="name">The function's name.</param>
/// <param name="operators">The operators that stand for it.</param>
/// <param name="takes">The rules that it takes, as a message names them.</param>
/// <param name="accepts">Whether it takes a rule.</param>
/// <param name="apply">Carries out a call with a rule.</param>
/// <param name="includes">Whether a call of the operators belongs to the function; null where every one does.</param>
internal sealed class FunctionOf(
    string name,
    string[] operators,
    string takes,
    Func<Rule, bool> accepts,
    Func<Rule, OperatorCall, RuleSite, object?> apply,
    Func<OperatorCall, RuleSite, bool>? includes = null
) : FunctionKey
{
    public override string Name => name;

    public override IReadOnlyList<string> Operators => operators;

    public override string? Validate(Rule rule) =>
        accepts(rule) || rule is StopRelevance or FunctionRule
            ? null
            : $"it takes {takes}, StopRelevance, or a FunctionRule of your own.";

    public override object? Apply(Rule rule, OperatorCall call, RuleSite site) =>
        Includes(call, site) ? Carried(rule, call, site) : Declined;

    internal override bool Includes(OperatorCall call, RuleSite site) => includes?.Invoke(call, site) != false;

    private object? Carried(Rule rule, OperatorCall call, RuleSite site) =>
        rule switch
        {
            StopRelevance => call.InvokeDetached(),
            FunctionRule own => own.Apply(call, site),
            _ when name != "mul" && RuledOperator.OperandsOf(call).Any(operand => operand.is_complex()) =>
                throw Functions.Complex($"{call.FullName} of complex numbers"),
            // No gradient can pass an operator that writes into a tensor that it is given.
            _ when call.Overload.EndsWith("out", StringComparison.Ordinal) => OperatorCall.LetThrough,
            _ => apply(rule, call, site),
        };
}
