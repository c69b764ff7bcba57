using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>Intercepted functions of one tensor that work entry by entry.</summary>
internal static class ActivationCalls
{
    /// <summary>
    /// A function of one tensor that works entry by entry: all relevance goes to its operand, or where the operand is
    /// part of an activation that is written out, such as the 1 + e^x of log(1 + e^x), to what goes into that.
    /// </summary>
    public static object? Apply(OperatorCall call, RuleSite site)
    {
        var name = call.Operator["aten::".Length..];
        var operand = (Tensor)call.Arguments[0]!;
        if (!call.IsInPlace && Inner(site, operand) is { } source)
        {
            using (source)
            {
                var value = (Tensor)call.Invoke([operand.detach(), .. call.Arguments.Skip(1)])!;
                return new IdentityFunction(name, _ => value).Run(site, source);
            }
        }

        return call.Identity(name, site);
    }

    /// <summary>A constant divided by a tensor: a function of the divisor that works entry by entry.</summary>
    public static Tensor Reciprocal(RuleSite site, Tensor constant, Tensor divisor)
    {
        using var source = Inner(site, divisor);
        var numerator = constant.detach();
        return source is null
            ? new IdentityFunction("div", x => numerator.div(x)).Run(site, divisor)
            : new IdentityFunction("div", _ => numerator.div(divisor.detach())).Run(site, source);
    }

    private static Tensor? Inner(RuleSite site, Tensor operand) =>
        ForwardTrace.Of(site).Lineage.Find(operand) is { } fact && Gates.InsideActivation(fact) is { } source
            ? OperandFacts.Alive(source)
            : null;
}
