using Lrp.Core;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>Intercepted sums of which one term is a product or a quotient, as functions that have rules.</summary>
internal static class FusedSums
{
    /// <summary>The operators.</summary>
    public static string[] Operators { get; } =
    ["aten::addcmul", "aten::addcmul_", "aten::addcdiv", "aten::addcdiv_", "aten::lerp", "aten::lerp_"];

    /// <summary>Whether an operator is one of them.</summary>
    public static bool Include(OperatorCall call) => Operators.Contains(call.Operator);

    /// <summary>
    /// self + value·a·b, self + value·a / c, or self·(1 − w) + end·w with a constant w.
    /// </summary>
    /// <param name="call">The operator.</param>
    /// <param name="site">Where relevance is reported to.</param>
    /// <param name="add">The sum a + f·b with its rule.</param>
    public static Tensor Apply(OperatorCall call, RuleSite site, Func<Tensor, Tensor, double, Tensor> add) =>
        call.OnFirst(self =>
            OperatorTraits.Bare(call.Operator) switch
            {
                "addcmul" => add(
                    self,
                    GateCalls.Product(site, call.Tensor("tensor1"), call.Tensor("tensor2")),
                    call.GetDouble("value")
                ),
                "addcdiv" => add(
                    self,
                    GateCalls.InnerQuotient(call, site, call.Tensor("tensor1"), call.Tensor("tensor2")),
                    call.GetDouble("value")
                ),
                _ => Interpolated(call, site, self, add),
            }
        );

    private static Tensor Interpolated(
        OperatorCall call,
        RuleSite site,
        Tensor self,
        Func<Tensor, Tensor, double, Tensor> add
    )
    {
        var weight = call.TensorOrNumber("weight", self);
        if (weight.requires_grad)
        {
            throw new NotSupportedException(
                "lerp has a rule for a constant weight only, and this one requires a gradient: detach() it, or write "
                    + "start·(1 − w) + end·w."
            );
        }

        return add(
            new Multiplication().Run(site, self, 1 - weight),
            new Multiplication().Run(site, call.Tensor("end"), weight),
            1
        );
    }
}
