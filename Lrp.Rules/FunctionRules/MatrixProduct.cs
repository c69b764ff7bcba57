using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// c = a·b as <c>matmul</c> takes it. With N factors that carry relevance: R_a = a · (R / (N·c))·bᵀ, R_b = b · aᵀ·(R /
/// (N·c)).
/// </summary>
/// <remarks>The epsilon rule, then equal shares: AttnLRP, proposition 3.3. A constant factor takes none.</remarks>
internal sealed class MatrixProduct(Stabilizer stabilizer) : FunctionPropagation
{
    private readonly KeptOutput _kept = new();

    public override string Name => "matmul";

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        ThrowIfUnfit(operands[0], operands[1]);
        return operands[0].matmul(operands[1]);
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override void OnForward(Tensor output) => _kept.Keep(output);

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var (a, b) = (kept[0], kept[1]);
        var factors = wanted.Count(w => w);
        var product = _kept.Take(() => Forward(kept));
        var quotient = stabilizer.Divide(relevance, factors == 1 ? product : product.mul(factors));
        // A vector is a row on the left, a column on the right.
        var (rows, columns) = (a.dim() == 1 ? a.unsqueeze(0) : a, b.dim() == 1 ? b.unsqueeze(1) : b);
        if (a.dim() == 1)
        {
            quotient = quotient.unsqueeze(b.dim() == 1 ? 0 : -2);
        }

        if (b.dim() == 1)
        {
            quotient = quotient.unsqueeze(-1);
        }

        return
        [
            wanted[0]
                ? Broadcasting.SumTo(quotient.matmul(columns.transpose(-1, -2)), rows.shape).reshape(a.shape).mul(a)
                : null,
            wanted[1]
                ? Broadcasting.SumTo(rows.transpose(-1, -2).matmul(quotient), columns.shape).reshape(b.shape).mul(b)
                : null,
        ];
    }

    /// <summary>
    /// TorchSharp's matmul lets libtorch's exception for wrong shapes leave native code, which ends the process.
    /// </summary>
    private static void ThrowIfUnfit(Tensor a, Tensor b)
    {
        var (left, right) = (a.shape, b.shape);
        var fits =
            left.Length > 0
            && right.Length > 0
            && left[^1] == (right.Length == 1 ? right[0] : right[^2])
            && left.SkipLast(2)
                .Reverse()
                .Zip(right.SkipLast(2).Reverse())
                .All(pair => pair.First == pair.Second || pair.First == 1 || pair.Second == 1);
        if (!fits)
        {
            throw new ArgumentException(
                $"Tensors of shape [{string.Join(", ", left)}] and [{string.Join(", ", right)}] have no matrix product."
            );
        }
    }
}
