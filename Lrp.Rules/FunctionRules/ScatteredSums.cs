using Lrp.Core;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// Intercepted sums whose terms an index names, as a mixture of experts puts the outputs of its experts together.
/// </summary>
internal static class ScatteredSums
{
    /// <summary>The operators.</summary>
    public static string[] Operators { get; } =
    ["aten::index_add", "aten::index_add_", "aten::scatter_add", "aten::scatter_add_"];

    /// <summary>Whether an operator is one of them.</summary>
    public static bool Include(OperatorCall call) => Operators.Contains(call.Operator);

    /// <summary>self + the terms in their places: all that come to one place share in proportion.</summary>
    /// <param name="call">The operator.</param>
    /// <param name="site">Where relevance is reported to.</param>
    /// <param name="stabilizer">Of the denominators; null for the usual one.</param>
    /// <param name="add">The sum of two with its rule.</param>
    public static Tensor Apply(
        OperatorCall call,
        RuleSite site,
        Stabilizer? stabilizer,
        Func<Tensor, Tensor, Tensor> add
    ) =>
        call.OnFirst(self =>
        {
            var (shape, dtype, device) = (self.shape, self.dtype, self.device);
            var isIndexed = OperatorTraits.Bare(call.Operator) == "index_add";
            object?[] rest = isIndexed ? [call.Argument("alpha")] : [];
            var dimension = call.Argument("dim");
            Tensor Placed(IReadOnlyList<Tensor> operands) =>
                (Tensor)
                    call.InvokeOutOfPlace([zeros(shape, dtype, device), dimension, operands[1], operands[0], .. rest])!;
            var terms = new LinearOperator(
                OperatorTraits.Bare(call.Operator),
                Placed,
                stabilizer ?? FunctionEpsilon.Add
            ).Run(site, call.Tensor(isIndexed ? "source" : "src"), call.Tensor("index"));
            return add(self, terms);
        });
}
