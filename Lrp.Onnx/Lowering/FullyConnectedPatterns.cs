using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>Products with a constant matrix: fully connected layers.</summary>
internal static class FullyConnectedPatterns
{
    /// <summary>A product with a matrix or a vector on one side.</summary>
    public static Part? ByMatMul(GraphView view, Node node)
    {
        var isLeft = view.Constant(node.Inputs[0]) is not null;
        var constant = view.Constant(node.Inputs[isLeft ? 0 : 1]);
        var isVector = constant?.dim() == 1 && !isLeft;
        var weight = isVector ? constant!.unsqueeze(-1) : Matrix(constant);
        var input = node.Inputs[isLeft ? 1 : 0];
        if (weight is null || !view.Carries(input) || view.Facts.Of(input).Rank == 1)
        {
            return null;
        }

        weight = isLeft ? weight : weight.t();
        if (isVector)
        {
            return Linear(view, [node], input, weight, null, false, false, isVector: true);
        }

        var (nodes, bias) = LinearPatterns.Bias(
            view,
            node,
            added => LinearPatterns.Vector(added, weight.shape[0], isLeft ? 2 : 1)
        );
        // Constants of more dimensions than x give the result theirs.
        var rank = nodes.SelectMany(each => each.Inputs).Max(name => view.Constant(name)?.dim() ?? 0);
        return Linear(view, nodes, input, weight, bias, isLeft, isLeft, rank);
    }

    /// <summary>A matrix, also one with dimensions of one entry before it.</summary>
    private static Tensor? Matrix(Tensor? tensor) =>
        tensor is { } given && given.dim() >= 2 && given.shape[..^2].All(size => size == 1)
            ? given.reshape(given.shape[^2..])
            : null;

    /// <summary>A sum over the last dimension of x and one dimension of a matrix, as in bti,ij->btj.</summary>
    public static Part? ByEinsum(GraphView view, Node node)
    {
        var equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        var (left, result) = equation.Split("->") switch
        {
            [var given, var asked] => (given, asked),
            _ => (equation, Implied(equation)),
        };
        if (node.Inputs.Count != 2)
        {
            return null;
        }

        var isLeft = view.Constant(node.Inputs[0]) is not null;
        var (x, matrix) = left.Split(',') is [var a, var b] ? (isLeft ? (b, a) : (a, b)) : ("", "");
        var (input, constant) = (node.Inputs[isLeft ? 1 : 0], view.Constant(node.Inputs[isLeft ? 0 : 1]));
        if (
            constant?.dim() != 2
            || matrix.Length != 2
            || x.Length < 2
            || !view.Carries(input)
            || view.Facts.Of(input).Rank == 1
        )
        {
            return null;
        }

        var letters = x.Replace("...", "", StringComparison.Ordinal);
        var isTurned = x[^1] == matrix[0];
        var output = matrix[isTurned ? 1 : 0];
        var isProduct =
            (isTurned || x[^1] == matrix[1])
            && letters.Distinct().Count() == letters.Length
            && !x.Contains(output, StringComparison.Ordinal)
            && result == x[..^1] + output;
        if (!isProduct)
        {
            return null;
        }

        var weight = isTurned ? constant.t() : constant;
        var (nodes, bias) = LinearPatterns.Bias(
            view,
            node,
            added => added.dim() > letters.Length ? null : LinearPatterns.Vector(added, weight.shape[0], 1)
        );
        return Linear(view, nodes, input, weight, bias, false, false);
    }

    /// <summary>The result of an equation that names none: the letters that it has once, in their order.</summary>
    private static string Implied(string equation) =>
        new([
            .. equation
                .Where(char.IsAsciiLetter)
                .CountBy(letter => letter)
                .Where(entry => entry.Value == 1)
                .Select(entry => entry.Key)
                .Order(),
        ]);

    /// <summary>A product with a matrix, which may be turned and scaled, and a bias.</summary>
    public static Part? ByGemm(GraphView view, Node node)
    {
        var (a, b) = (view.Constant(node.Inputs[0]), view.Constant(node.Inputs[1]));
        if ((a is null) == (b is null))
        {
            return null;
        }

        // y = x·W is a layer of samples in rows; y = W·x one of samples in columns.
        var isLeft = a is not null;
        var (transA, transB) = (node.Int("transA", 0) == 1, node.Int("transB", 0) == 1);
        var weight = isLeft ? (transA ? a!.t() : a!) : (transB ? b! : b!.t());
        weight = node.Float("alpha", 1) is var alpha && alpha == 1 ? weight : weight.mul(alpha);
        var (nodes, bias) = node.HasInput(2)
            ? ([node], null)
            : LinearPatterns.Bias(
                view,
                node,
                added => added.dim() > 2 ? null : LinearPatterns.Vector(added, weight.shape[0], isLeft ? 2 : 1)
            );
        if (node.HasInput(2))
        {
            var given = view.Constant(node.Inputs[2])!.mul(node.Float("beta", 1));
            bias = GemmSums.Bias(given, weight.shape[0], isLeft);
        }

        var turnsInput = isLeft ? !transB : transA;
        return view.Carries(node.Inputs[isLeft ? 1 : 0])
            ? Linear(view, nodes, node.Inputs[isLeft ? 1 : 0], weight, bias, turnsInput, isLeft)
            : null;
    }

    private static Part Linear(
        GraphView view,
        IEnumerable<Node> nodes,
        string input,
        Tensor weight,
        Tensor? bias,
        bool turnsInput,
        bool turnsOutput,
        long rank = 2,
        bool isVector = false
    )
    {
        var all = nodes.Distinct().ToList();
        view.Claim(all);
        var module = nn.Linear(
            LinearPatterns.Fixed(LinearPatterns.Own(view, weight, all[^1])),
            bias is null ? null : LinearPatterns.Fixed(bias)
        );
        var features = weight.shape[1];
        var title = all[0].Title;
        return new Part(all[0].Name, module, Run, [input], all[^1].Outputs) { FeatureAxis = turnsOutput ? -2 : -1 };

        Tensor?[] Run(Tensor?[] given)
        {
            var x = given[0]!;
            if (x.dim() < 2 || x.shape[turnsInput ? ^2 : ^1] != features)
            {
                throw new OnnxShapeException(
                    $"{title} takes {features} features, and is given a tensor of shape [{string.Join(", ", x.shape)}]."
                );
            }

            var y = module.call(turnsInput ? x.transpose(-1, -2) : x);
            y =
                turnsOutput ? y.transpose(-1, -2)
                : isVector ? y.squeeze(-1)
                : y;
            return
            [
                !isVector && y.dim() < rank
                    ? y.reshape([.. Enumerable.Repeat(1L, (int)(rank - y.dim())), .. y.shape])
                    : y,
            ];
        }
    }
}
