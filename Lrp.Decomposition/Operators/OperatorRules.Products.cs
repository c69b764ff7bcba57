using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Products. Each operand may have parts.</content>
public static partial class OperatorRules
{
    private static void Products(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(Multiplied), "mul", "multiply");
        rules.Add(OperatorRule.From(Quotient), "div", "divide", "true_divide");
        rules.Add(OperatorRule.From(context => Product(context, context.First, context.First)), "square");
        rules.Add(
            OperatorRule.From(context =>
            {
                var exponent = context.Optional("exponent");
                if (exponent is { IsConstant: false })
                {
                    throw new NotSupportedException("components reach the exponent of a power");
                }

                var operation = context.Operation;
                return exponent is null && operation.GetDouble("exponent") == 2
                    ? Product(context, context.First, context.First)
                    : Elementwise(context, context.First, operation.On, "pow");
            }),
            "pow",
            "float_power"
        );
        rules.Add(
            OperatorRule.From(context => Fused(context, context.Input("tensor1"), context.Input("tensor2"))),
            "addcmul"
        );

        rules.Add(
            OperatorRule.From(context => MatrixProduct(context, context.Input("self"), context.Input(1))),
            "matmul",
            "mm",
            "bmm",
            "mv",
            "dot",
            "vdot"
        );
        rules.Add(
            OperatorRule.From(context =>
                MatrixSum(context, context.Input("self"), context.Input("mat1"), context.Input("mat2"))
            ),
            "addmm"
        );
        rules.Add(
            OperatorRule.From(context =>
                MatrixSum(context, context.Input("self"), context.Input("mat"), context.Input("vec"))
            ),
            "addmv"
        );
        rules.Add(
            OperatorRule.From(context =>
                MatrixSum(context, context.Input("self"), context.Input("batch1"), context.Input("batch2"))
            ),
            "baddbmm"
        );
        rules.Add(OperatorRule.From(Einsum), "einsum");
    }

    private static CompositionChunk? Multiplied(OperatorContext context)
    {
        var (left, right) = (context.Input("self"), Other(context));
        if (!left.IsConstant && !right.IsConstant)
        {
            if (context.IsGate("other"))
            {
                right = new Decomposed(right.Value, null);
            }
            else if (context.IsGate("self"))
            {
                left = new Decomposed(left.Value, null);
            }
        }

        return Product(context, left, right);
    }

    private static Decomposed Other(OperatorContext context) => context.Optional("other") ?? Scalar(context, "other");

    /// <summary>An element-wise product; operands broadcast.</summary>
    private static CompositionChunk? Product(OperatorContext context, Decomposed left, Decomposed right) =>
        context.Product(
            left,
            right,
            (a, aLeads, b, bLeads) =>
                Broadcast(a, aLeads, left.Value.ndim, b, bLeads, right.Value.ndim, (x, y) => x * y)
        );

    private static Tensor Broadcast(
        Tensor a,
        bool aLeads,
        long aRank,
        Tensor b,
        bool bLeads,
        long bRank,
        Func<Tensor, Tensor, Tensor> combine
    )
    {
        var rank = Math.Max(aRank, bRank);
        return combine(aLeads ? ComponentAxis.Align(a, rank) : a, bLeads ? ComponentAxis.Align(b, rank) : b);
    }

    private static CompositionChunk? Quotient(OperatorContext context)
    {
        if (context.Operation["rounding_mode"] is not null)
        {
            throw new NotSupportedException("a rounded division is not continuous and has no parts");
        }

        var other = Other(context);
        if (other.IsConstant || (!context.Input("self").IsConstant && context.IsGate("other")))
        {
            return Product(context, context.Input("self"), new Decomposed(other.Value.reciprocal(), null));
        }

        var inverse = context.Activate(other, t => t.reciprocal(), "reciprocal");
        return Product(context, context.Input("self"), inverse);
    }

    private static CompositionChunk Fused(OperatorContext context, Decomposed left, Decomposed right)
    {
        var product = new Decomposed(left.Value * right.Value, Product(context, left, right));
        return Added(context, context.Input("self"), 1, product, context.Operation.GetDouble("value", 1));
    }

    private static CompositionChunk? MatrixProduct(OperatorContext context, Decomposed left, Decomposed right)
    {
        if (left.Chunk?.FirstIndex is not null && right.IsConstant && left.Value.ndim > 1 && right.Value.ndim == 2)
        {
            return LinearLayer(left, right.Value);
        }

        var shape = context.Output.shape;
        return context.Product(
            left,
            right,
            (a, aLeads, b, bLeads) =>
            {
                var leads = aLeads || bLeads;
                var product = Matrices(a, aLeads, left.Value.ndim, b, bLeads, right.Value.ndim);
                return leads ? product.reshape([aLeads ? a.shape[0] : b.shape[0], .. shape]) : product.reshape(shape);
            }
        );
    }

    /// <summary>A matrix product: vectors become matrices, and leading dimensions are aligned.</summary>
    private static Tensor Matrices(Tensor a, bool aLeads, long aRank, Tensor b, bool bLeads, long bRank)
    {
        if (aRank == 1)
        {
            a = a.unsqueeze(-2);
            aRank = 2;
        }

        if (bRank == 1)
        {
            b = b.unsqueeze(-1);
            bRank = 2;
        }

        // A constant matrix needs no alignment. Without it, all components and batches go through one product.
        if (aLeads && !bLeads && bRank == 2)
        {
            return a.matmul(b);
        }

        var rank = Math.Max(aRank, bRank);
        return (aLeads ? ComponentAxis.Align(a, rank) : a).matmul(bLeads ? ComponentAxis.Align(b, rank) : b);
    }

    private static CompositionChunk MatrixSum(
        OperatorContext context,
        Decomposed self,
        Decomposed left,
        Decomposed right
    )
    {
        var (beta, alpha) = (context.Operation.GetDouble("beta", 1), context.Operation.GetDouble("alpha", 1));
        var parts = MatrixProduct(context, left, right);
        var value = parts is null || self.Chunk is null ? left.Value.matmul(right.Value) : context.Output;
        return Added(context, self, beta, new Decomposed(value, parts), alpha);
    }

    private static CompositionChunk? Einsum(OperatorContext context)
    {
        var equation = ((string)context.Operation["equation"]!).Replace(" ", string.Empty, StringComparison.Ordinal);
        var tensors = context.List("tensors");
        var carrying = Enumerable.Range(0, tensors.Count).Where(k => !tensors[k].IsConstant).ToList();
        if (carrying.Count is 0 or > 2)
        {
            return carrying.Count == 0
                ? null
                : throw new NotSupportedException(
                    "components reach more than two operands of an einsum; write it in steps"
                );
        }

        var arrow = equation.IndexOf("->", StringComparison.Ordinal);
        var operands = (arrow < 0 ? equation : equation[..arrow]).Split(',');
        var output = arrow < 0 ? ImplicitOutput(operands) : equation[(arrow + 2)..];
        var lead = Enumerable
            .Range('a', 26)
            .Concat(Enumerable.Range('A', 26))
            .Select(letter => (char)letter)
            .First(letter => !equation.Contains(letter, StringComparison.Ordinal));

        Tensor Sum(Tensor a, bool aLeads, Tensor? b, bool bLeads)
        {
            var given = tensors.Select(tensor => tensor.Value).ToArray();
            var subscripts = (string[])operands.Clone();
            Put(carrying[0], a, aLeads);
            if (b is not null)
            {
                Put(carrying[1], b, bLeads);
            }

            var target = aLeads || bLeads ? lead + output : output;
            return einsum($"{string.Join(",", subscripts)}->{target}", given);

            void Put(int position, Tensor t, bool leads)
            {
                given[position] = t;
                subscripts[position] = leads ? lead + operands[position] : operands[position];
            }
        }

        if (carrying.Count == 1)
        {
            return tensors[carrying[0]].Split.Map(c => Sum(c, true, null, false), r => Sum(r, false, null, false));
        }

        return context.Product(
            tensors[carrying[0]],
            tensors[carrying[1]],
            (a, aLeads, b, bLeads) => Sum(a, aLeads, b, bLeads)
        );
    }

    private static string ImplicitOutput(string[] operands)
    {
        var all = string.Concat(operands);
        var once = all.Where(char.IsLetter)
            .GroupBy(letter => letter)
            .Where(group => group.Count() == 1)
            .Select(group => group.Key)
            .Order();
        return (all.Contains('.', StringComparison.Ordinal) ? "..." : string.Empty) + string.Concat(once);
    }
}
