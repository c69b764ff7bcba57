using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Products of matrices.</summary>
internal static class MatrixProducts
{
    public static IEnumerable<Operator> Operators { get; } =
    [
        new("MatMul", Role.MatrixProduct, c => [Product(c, c[0], c.On(1, c[0]))], (2, 2)),
        new("Gemm", Role.MatrixProduct, c => [General(c)], (2, 3), "alpha:f beta:f transA:i transB:i"),
        new("Einsum", Role.MatrixProduct, c => [Einstein(c)], (1, int.MaxValue), "equation!:s"),
    ];

    /// <summary>a·b, with the shapes looked at before: torch's exception for them may end the process.</summary>
    public static Tensor Product(Call c, Tensor a, Tensor b)
    {
        var (left, right) = (a.shape, b.shape);
        var fits =
            left.Length > 0
            && right.Length > 0
            && left[^1] == (right.Length == 1 ? right[0] : right[^2])
            && a.dtype == b.dtype
            && left.SkipLast(2)
                .Reverse()
                .Zip(right.SkipLast(2).Reverse())
                .All(pair => pair.First == pair.Second || pair.First == 1 || pair.Second == 1);
        return fits ? a.matmul(b) : throw c.Unfit("has no product");
    }

    private static Tensor General(Call c)
    {
        var (a, b) = (c[0], c.On(1, c[0]));
        if (a.dim() != 2 || b.dim() != 2)
        {
            throw c.Unfit("takes matrices");
        }

        var product = Product(c, c.Int("transA", 0) == 1 ? a.t() : a, c.Int("transB", 0) == 1 ? b.t() : b);
        var (alpha, beta) = (c.Float("alpha", 1), c.Float("beta", 1));
        if (alpha != 1)
        {
            product = product.mul(alpha);
        }

        if (c.Optional(2) is null)
        {
            return product;
        }

        var bias = beta == 1 ? c[2] : c[2].mul(beta);
        Arithmetic.ThrowIfUnfit(c, product, bias);
        return product.add(bias);
    }

    private static Tensor Einstein(Call c)
    {
        var equation = c.Node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        var terms = equation.Split("->")[0].Split(',');
        var sizes = new Dictionary<char, long>();
        var fits = terms.Length == c.Count;
        for (var k = 0; fits && k < terms.Length; k++)
        {
            var term = terms[k];
            if (term.Contains('.', StringComparison.Ordinal))
            {
                fits = term.Contains("...", StringComparison.Ordinal) && term.Length - 3 <= c[k].dim();
                continue;
            }

            fits = term.Length == c[k].dim() && term.All(char.IsAsciiLetter);
            for (var i = 0; fits && i < term.Length; i++)
            {
                var size = c[k].shape[i];
                fits = !sizes.TryGetValue(term[i], out var other) || size == other || size == 1 || other == 1;
                sizes[term[i]] = Math.Max(size, sizes.GetValueOrDefault(term[i]));
            }
        }

        return fits
            ? einsum(equation, [.. Enumerable.Range(0, c.Count).Select(k => c.On(k, c[0]))])
            : throw c.Unfit($"has the equation '{equation}'");
    }
}
