using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;

namespace Lrp.Rules.FunctionRules;

// What AttnLRP does with the functions.
public static partial class Functions
{
    /// <summary>
    /// Every function here that this libtorch has as an operator and that has a rule other than passing relevance on,
    /// with AttnLRP's rule: what a composite for a transformer starts from. The stabilizers are those of the drop-ins.
    /// </summary>
    /// <exception cref="InvalidOperationException">The native library <c>lrp_dispatch</c> is missing.</exception>
    public static IReadOnlyList<FunctionEntry> AttnLrp => AttnLrpWith(StabilizerKind.Signed);

    /// <summary><see cref="AttnLrp"/> with another formula for its denominators.</summary>
    /// <param name="kind">
    /// <see cref="StabilizerKind.Unsigned"/> for the numbers of LXT, AttnLRP's reference implementation.
    /// </param>
    /// <param name="epsilon">
    /// ε of all denominators; null for the defaults of the drop-ins. The smaller, the closer relevance is to AttnLRP's
    /// efficient form, which divides by nothing, and the larger it may become where a denominator is near zero.
    /// </param>
    /// <returns>The entries.</returns>
    /// <exception cref="InvalidOperationException">The native library <c>lrp_dispatch</c> is missing.</exception>
    public static IReadOnlyList<FunctionEntry> AttnLrpWith(StabilizerKind kind, double? epsilon = null)
    {
        Stabilizer Of(double usual) => Stabilizer.Of(kind, epsilon ?? usual);
        return
        [
            .. new FunctionEntry[]
            {
                new(Linear, new Epsilon(Of(FunctionEpsilon.Linear))),
                new(Softmax, Taylor.AtInput()),
                new(LogSoftmax, Taylor.AtInput(epsilon: Of(FunctionEpsilon.Reduction))),
                new(Gate, new Identity()),
                new(Add, new Epsilon(Of(FunctionEpsilon.Add))),
                new(Sub, new Epsilon(Of(FunctionEpsilon.Add))),
                new(Mul, new Uniform()),
                new(Div, new Identity()),
                new(MatMul, new UniformEpsilon(Of(FunctionEpsilon.MatMul))),
                new(Elementwise, new Identity()),
                new(Mean, new Epsilon(Of(FunctionEpsilon.Reduction))),
                new(Sum, new Epsilon(Of(FunctionEpsilon.Reduction))),
                new(LayerNorm, new Epsilon(Of(FunctionEpsilon.LayerNorm))),
                new(RmsNorm, new Identity()),
                new(GroupNorm, new Epsilon(Of(FunctionEpsilon.LayerNorm))),
                new(BatchNorm, new Epsilon(Of(FunctionEpsilon.LayerNorm))),
                new(ScaledDotProductAttention, new UniformEpsilon(Of(FunctionEpsilon.MatMul))),
            }.Where(entry => entry.Key.Operators.Any(name => OperatorCall.Exists(name))),
        ];
    }
}
