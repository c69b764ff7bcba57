using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// Intercepted products of vectors, matrices and batches of them, as functions that have rules: a matrix product, and
/// where something is added to it, a sum.
/// </summary>
/// <remarks>AttnLRP, proposition 3.3 and equation 8.</remarks>
internal static class ProductCalls
{
    /// <summary>The operators, of which those that end in <c>_</c> write over what they add to.</summary>
    public static string[] Operators { get; } =
    [
        "aten::matmul",
        "aten::linalg_matmul",
        "aten::mm",
        "aten::bmm",
        "aten::mv",
        "aten::dot",
        "aten::inner",
        "aten::outer",
        "aten::ger",
        "aten::tensordot",
        "aten::bilinear",
        "aten::einsum",
        "aten::addmm",
        "aten::addmm_",
        "aten::addmv",
        "aten::addmv_",
        "aten::addr",
        "aten::addr_",
        "aten::addbmm",
        "aten::addbmm_",
        "aten::baddbmm",
        "aten::baddbmm_",
    ];

    /// <summary>Carries out a product.</summary>
    /// <param name="stabilizer">Of the denominators.</param>
    /// <param name="call">A call of one of the operators.</param>
    /// <param name="site">Where relevance is reported to.</param>
    /// <returns>The product, or <see cref="FunctionKey.Declined"/>.</returns>
    public static object? Apply(Stabilizer stabilizer, OperatorCall call, RuleSite site)
    {
        Tensor Product(Tensor a, Tensor b)
        {
            var (first, second) = GateCalls.WithoutNorm(site, a, b);
            return new MatrixProduct(stabilizer).Run(site, first, second);
        }

        Tensor Of(string left, string right) => Product(call.Tensor(left), call.Tensor(right));
        return OperatorTraits.Bare(call.Operator) switch
        {
            "einsum" => Einstein(stabilizer, call, site),
            "bilinear" => Bilinear(stabilizer, call, site),
            "inner" => Inner(call, site, Product),
            "outer" or "ger" => Contracted(call.Tensor("self"), call.Tensor("vec2"), [], [], Product),
            "tensordot" => Contracted(
                call.Tensor("self"),
                call.Tensor("other"),
                (long[])call.Argument("dims_self")!,
                (long[])call.Argument("dims_other")!,
                Product
            ),
            "addmm" => Sum(stabilizer, call, site, () => Of("mat1", "mat2")),
            "addmv" => Sum(stabilizer, call, site, () => Of("mat", "vec")),
            "addr" => Sum(
                stabilizer,
                call,
                site,
                () => (Tensor)Contracted(call.Tensor("vec1"), call.Tensor("vec2"), [], [], Product)
            ),
            "addbmm" => Sum(
                stabilizer,
                call,
                site,
                () => new EinsteinSum("bij,bjk->ik", stabilizer).Run(site, call.Tensor("batch1"), call.Tensor("batch2"))
            ),
            "baddbmm" => Sum(stabilizer, call, site, () => Of("batch1", "batch2")),
            _ => Product((Tensor)call.Arguments[0]!, (Tensor)call.Arguments[1]!),
        };
    }

    /// <summary>An Einstein sum.</summary>
    public static Tensor Einstein(Stabilizer stabilizer, OperatorCall call, RuleSite site)
    {
        Tensor[] operands = [.. ((Tensor?[])call.Argument("tensors")!).OfType<Tensor>()];
        if (operands is [var a, var b])
        {
            (operands[0], operands[1]) = GateCalls.WithoutNorm(site, a, b);
        }

        return new EinsteinSum((string)call.Argument("equation")!, stabilizer).Run(site, operands);
    }

    /// <summary>β·self + α·product: a number is a constant factor, and the terms share in proportion.</summary>
    private static Tensor Sum(Stabilizer stabilizer, OperatorCall call, RuleSite site, Func<Tensor> product) =>
        call.OnFirst(self =>
        {
            var scaled = Scaled(product(), call.GetDouble("alpha"), site);
            var beta = call.GetDouble("beta");
            return beta == 0
                ? scaled.expand(call.IsInPlace ? self.shape : scaled.shape)
                : new Addition(1, stabilizer, uniform: false).Run(site, Scaled(self, beta, site), scaled);
        });

    private static Tensor Scaled(Tensor value, double factor, RuleSite site) =>
        factor == 1 ? value : new Multiplication().Run(site, value, Attention.Number(factor, value));

    /// <summary>y_k = x1ᵀ W_k x2 + b_k: the two inputs take equal shares of the product.</summary>
    private static Tensor Bilinear(Stabilizer stabilizer, OperatorCall call, RuleSite site)
    {
        var product = new EinsteinSum("...i,kij,...j->...k", stabilizer).Run(
            site,
            call.Tensor("input1"),
            call.Tensor("weight"),
            call.Tensor("input2")
        );
        return call.OptionalTensor("bias") is { } bias
            ? new Addition(1, stabilizer, uniform: false).Run(site, product, bias)
            : product;
    }

    private static object Inner(OperatorCall call, RuleSite site, Func<Tensor, Tensor, Tensor> product)
    {
        var (self, other) = (call.Tensor("self"), call.Tensor("other"));
        return self.dim() == 0 || other.dim() == 0
            ? new Multiplication().Run(site, self, other)
            : Contracted(self, other, [-1], [-1], product);
    }

    /// <summary>A product over some dimensions of each operand, as one of matrices.</summary>
    private static object Contracted(
        Tensor self,
        Tensor other,
        long[] ofSelf,
        long[] ofOther,
        Func<Tensor, Tensor, Tensor> product
    )
    {
        var (left, right) = (Dimensions(self, ofSelf), Dimensions(other, ofOther));
        if (!left.Over.Select(d => self.shape[d]).SequenceEqual(right.Over.Select(d => other.shape[d])))
        {
            return FunctionKey.Declined; // torch sums over a dimension that the other operand has with size 1
        }

        var over = left.Over.Aggregate(1L, (size, d) => size * self.shape[d]);
        var rows = self.permute([.. left.Kept, .. left.Over]).reshape(-1, over);
        var columns = other.permute([.. right.Over, .. right.Kept]).reshape(over, -1);
        return product(rows, columns)
            .reshape([.. left.Kept.Select(d => self.shape[d]), .. right.Kept.Select(d => other.shape[d])]);
    }

    private static (long[] Kept, long[] Over) Dimensions(Tensor operand, long[] over)
    {
        long[] contracted = [.. over.Select(d => d < 0 ? d + operand.dim() : d)];
        return ([.. Shapes.Dimensions(null, operand.dim()).Except(contracted)], contracted);
    }
}
