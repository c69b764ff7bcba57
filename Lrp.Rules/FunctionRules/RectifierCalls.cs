using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>Intercepted operators that compute max(x, 0) in their own way, such as <c>clamp_min(0)</c>.</summary>
internal static class RectifierCalls
{
    /// <summary>The operators that may.</summary>
    public static string[] Operators { get; } =
    [
        .. new[] { "relu", "clamp", "clamp_min", "clip", "threshold", "leaky_relu", "masked_fill", "mul" }.SelectMany(
            name => new[] { $"aten::{name}", $"aten::{name}_" }
        ),
        "aten::maximum",
        "aten::fmax",
        "aten::where",
    ];

    /// <summary>Whether a call computes max(x, 0).</summary>
    /// <remarks>
    /// Where constants decide, such as a mask in x·(x &gt; 0), its value tells; one that happens to be so counts too.
    /// </remarks>
    public static bool Include(OperatorCall call, RuleSite site) =>
        OperatorTraits.Bare(call.Operator) switch
        {
            "relu" => true,
            "clamp_min" or "clamp" or "clip" => call.Argument("max") is null && IsZero(call.Argument("min")),
            "threshold" => IsZero(call.Argument("threshold")) && IsZero(call.Argument("value")),
            "leaky_relu" => IsZero(call.Argument("negative_slope")),
            _ => HasValueOfRelu(call, site),
        };

    /// <summary>Carries out the call with a rule that changes the gradient of a ReLU, or passes relevance on.</summary>
    public static object? Apply(Rule rule, OperatorCall call, RuleSite site)
    {
        var operand = OperandOf(call, site) ?? (Tensor)call.Arguments[0]!;
        Tensor Run(Tensor x) =>
            rule is RectifierRule rectifier
                ? new ReluFunction(rectifier).Run(site, x)
                : new IdentityFunction("relu", y => y.relu()).Run(site, x);
        return call.IsInPlace ? call.OnFirst(Run) : Run(operand);
    }

    private static bool IsZero(object? number) => number is 0L or 0.0;

    private static bool HasValueOfRelu(OperatorCall call, RuleSite site)
    {
        if (OperandOf(call, site) is not { } operand || operand.is_complex())
        {
            return false;
        }

        using var scope = NewDisposeScope();
        using var off = no_grad();
        var value = (Tensor)call.InvokeOutOfPlace([.. call.Arguments.Select(Detached)])!;
        return value.shape.AsSpan().SequenceEqual(operand.shape)
            && operand.lt(0).any().item<bool>()
            && value.Equals(operand.detach().relu().to(value.dtype));
    }

    private static object? Detached(object? argument) => argument is Tensor tensor ? tensor.detach() : argument;

    /// <summary>The only operand that carries relevance; null where there is none or another.</summary>
    private static Tensor? OperandOf(OperatorCall call, RuleSite site)
    {
        var lineage = ForwardTrace.Of(site).Lineage;
        var computed = call.Arguments.OfType<Tensor>().Where(tensor => lineage.Find(tensor) is not null).ToList();
        return computed is [var only] && (!call.IsInPlace || ReferenceEquals(only, call.Arguments[0])) ? only : null;
    }
}
