using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>Intercepted operators that are the last step of a softmax that is written out.</summary>
internal static class SoftmaxCalls
{
    /// <summary>
    /// Whether a division, a product or an exponential is the last step of a softmax that is written out.
    /// </summary>
    public static bool Includes(OperatorCall call, RuleSite site)
    {
        if (In(call, site) is not var (scores, _))
        {
            return false;
        }

        scores.Dispose();
        return true;
    }

    /// <summary>Carries out the last step of a softmax that is written out.</summary>
    public static object? Apply(Rule rule, OperatorCall call, RuleSite site)
    {
        var (source, dimension) = In(call, site)!.Value;
        var (first, second) = OperandFacts.Of(call, site);
        var trace = ForwardTrace.Of(site);
        trace.Constants.AddRange(new[] { first, second }.OfType<TensorFact>());
        trace.Carrier = trace.Lineage.Find(source);
        var arguments = call.Arguments.Select(argument => argument is Tensor tensor ? tensor.detach() : argument);
        var value = (Tensor)call.InvokeOutOfPlace([.. arguments])!;
        using var scores = source;
        var result =
            rule is Taylor
                ? new SoftmaxFunction(dimension, 1, null, value).Run(site, scores)
                : new IdentityFunction("softmax", _ => value).Run(site, scores);
        return call.IsInPlace ? ((Tensor)call.Arguments[0]!).detach_().copy_(result) : result;
    }

    private static (Tensor Scores, long Dimension)? In(OperatorCall call, RuleSite site) =>
        Found(call, site) is var (scores, dimension) && OperandFacts.Alive(scores) is { } tensor
            ? (tensor, dimension)
            : null;

    private static (TensorFact Scores, long Dimension)? Found(OperatorCall call, RuleSite site) =>
        (OperatorTraits.Bare(call.Operator), OperandFacts.Of(call, site)) switch
        {
            ("div", ({ } numerator, { } divisor)) => Gates.WrittenSoftmax(numerator, divisor),
            ("mul", ({ } one, { } other)) => Times(one, other) ?? Times(other, one),
            ("exp", ({ } exponent, null)) => Gates.ExponentialSoftmax(exponent),
            _ => null,
        };

    private static (TensorFact Scores, long Dimension)? Times(TensorFact numerator, TensorFact factor) =>
        Gates.InverseOf(factor) is { } divisor ? Gates.WrittenSoftmax(numerator, divisor) : null;
}
