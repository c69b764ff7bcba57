using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using Lrp.Onnx.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// Layers with weights: fully connected ones, however written, convolutions, batch norms, embeddings.
/// </summary>
internal static class LinearPatterns
{
    /// <summary>The part that begins with a node, its bias included; null where it is no such layer.</summary>
    public static Part? Find(GraphView view, Node node) =>
        node.Operator switch
        {
            "MatMul" => FullyConnectedPatterns.ByMatMul(view, node),
            "Gemm" => FullyConnectedPatterns.ByGemm(view, node),
            "Einsum" => FullyConnectedPatterns.ByEinsum(view, node),
            "Conv" or "ConvTranspose" => Convolution(view, node),
            "BatchNormalization" => BatchNorm(view, node),
            "Gather" => Embedding(view, node),
            _ => null,
        };

    /// <summary>A parameter that is not trained.</summary>
    public static Parameter Fixed(Tensor values) => new(values.detach(), false);

    /// <summary>
    /// Values of a layer; of its own where a batch normalisation follows, since merging changes them in place and other
    /// layers may be given the same constant.
    /// </summary>
    public static Tensor Own(GraphView view, Tensor values, Node last) =>
        view.Consumers(last.Outputs[0]).Any(user => user?.Operator == "BatchNormalization") ? values.clone() : values;

    /// <summary>
    /// A layer with the addition or the subtraction of a constant that alone uses its output, and the constant as a
    /// bias.
    /// </summary>
    public static (IReadOnlyList<Node> Nodes, Tensor? Bias) Bias(
        GraphView view,
        Node node,
        Func<Tensor, Tensor?> asBias
    )
    {
        List<Node> nodes = [node];
        while (view.OnlyUser(nodes[^1].Outputs[0]) is { } user)
        {
            var position = user.Inputs[0] == nodes[^1].Outputs[0] ? 0 : 1;
            nodes.Add(user);
            if (user.Operator == "Identity")
            {
                continue;
            }

            var adds = user.Operator is "Add" or "Sum" || (user.Operator == "Sub" && position == 0);
            var isPair = user.Domain.Length == 0 && adds && user.Inputs.Count == 2;
            return isPair && Added(user.Inputs[1 - position]) is { } bias
                ? (nodes, user.Operator == "Sub" ? bias.neg() : bias)
                : ([node], null);
        }

        return ([node], null);

        // One number for several features is part of an activation, as in clip(x + 3, 0, 6).
        Tensor? Added(string name) =>
            view.Constant(name) is { } given && asBias(given) is { } bias && given.numel() == bias.numel()
                ? bias
                : null;
    }

    /// <summary>A constant that is one number for each entry of a dimension, counted from the end.</summary>
    public static Tensor? Vector(Tensor given, long size, int dimension)
    {
        var fits = given
            .shape.Reverse()
            .Select((each, k) => each == 1 || (k == dimension - 1 && each == size))
            .All(each => each);
        return fits && (given.numel() == size || given.numel() == 1) ? given.reshape(-1).expand(size).clone() : null;
    }

    private static Part? Convolution(GraphView view, Node node)
    {
        if (
            view.Constant(node.Inputs[1]) is not { } weight
            || !view.Carries(node.Inputs[0])
            || (node.HasInput(2) && view.Constant(node.Inputs[2]) is null)
        )
        {
            return null;
        }

        var isTransposed = node.Operator == "ConvTranspose";
        var groups = node.Int("group", 1);
        var channels = isTransposed ? weight.shape[1] * groups : weight.shape[0];
        if (weight.dim() < 3 || groups < 1 || weight.shape[0] % groups != 0)
        {
            throw new OnnxShapeException(
                $"{node.Title} has weights of shape [{string.Join(", ", weight.shape)}] in {groups} groups."
            );
        }

        IReadOnlyList<Node> nodes = [node];
        var bias = node.HasInput(2) ? view.Constant(node.Inputs[2]) : null;
        if (bias is null)
        {
            var dimensions = (int)weight.dim();
            (nodes, bias) = Bias(
                view,
                node,
                added => added.dim() > dimensions ? null : Vector(added, channels, dimensions - 1)
            );
        }
        else if (bias.numel() != channels)
        {
            throw new OnnxShapeException($"{node.Title} has {bias.numel()} biases for {channels} channels.");
        }

        var module = isTransposed ? Transposed(node, weight.shape, groups) : Plain(node, weight.shape, groups);
        module.weight = Fixed(Own(view, weight, nodes[^1]));
        if (bias is not null)
        {
            module.bias = Fixed(Own(view, bias.reshape(-1), nodes[^1]));
        }

        view.Claim(nodes);
        var expected = isTransposed ? weight.shape[0] : weight.shape[1] * groups;
        var rank = weight.dim();
        return new Part(node.Name, module, Run, [node.Inputs[0]], nodes[^1].Outputs);

        Tensor?[] Run(Tensor?[] given)
        {
            var x = given[0]!;
            if (x.dim() != rank || x.shape[1] != expected)
            {
                throw new OnnxShapeException(
                    $"{node.Title} takes {expected} channels and {rank - 2} further dimensions, and is given a "
                        + $"tensor of shape [{string.Join(", ", x.shape)}]."
                );
            }

            return [module.call(x)];
        }
    }

    private static Convolution Plain(Node node, long[] shape, long groups)
    {
        var window = new Window(node, shape[2..]);
        var (k, s, d) = (window.Kernel, window.Strides, window.Dilations);
        var (into, outOf) = (shape[1] * groups, shape[0]);
        return window.Even is not { } p
            ? new UnevenConvolution(node, shape, groups)
            : k.Length switch
            {
                1 => nn.Conv1d(into, outOf, k[0], s[0], p[0], d[0], groups: groups, bias: false, device: META),
                2 => nn.Conv2d(
                    into,
                    outOf,
                    (k[0], k[1]),
                    (s[0], s[1]),
                    (p[0], p[1]),
                    (d[0], d[1]),
                    groups: groups,
                    bias: false,
                    device: META
                ),
                _ => nn.Conv3d(
                    into,
                    outOf,
                    (k[0], k[1], k[2]),
                    (s[0], s[1], s[2]),
                    (p[0], p[1], p[2]),
                    (d[0], d[1], d[2]),
                    groups: groups,
                    bias: false,
                    device: META
                ),
            };
    }

    private static Convolution Transposed(Node node, long[] shape, long groups)
    {
        var cut = new TransposedCut(node, shape[2..]);
        var (k, s, d, added) = (cut.Window.Kernel, cut.Window.Strides, cut.Window.Dilations, cut.Added);
        var (into, outOf) = (shape[0], shape[1] * groups);
        var isPlain =
            cut.Even is not null && added.Zip(s, d).All(each => each.First < Math.Max(each.Second, each.Third));
        if (!isPlain || k.Length > 2)
        {
            return new UnevenTransposedConvolution(node, shape, groups);
        }

        var p = cut.Even!;
        return k.Length == 1
            ? nn.ConvTranspose1d(
                into,
                outOf,
                k[0],
                s[0],
                p[0],
                added[0],
                d[0],
                groups: groups,
                bias: false,
                device: META
            )
            : nn.ConvTranspose2d(
                into,
                outOf,
                (k[0], k[1]),
                (s[0], s[1]),
                (p[0], p[1]),
                (added[0], added[1]),
                (d[0], d[1]),
                groups: groups,
                bias: false,
                device: META
            );
    }

    private static Part? BatchNorm(GraphView view, Node node)
    {
        if (!view.Carries(node.Inputs[0]))
        {
            return null;
        }

        Tensor?[] given = [.. node.Inputs.Skip(1).Select(view.Constant)];
        if (given.Contains(null) || node.Int("training_mode", 0) == 1 || node.Int("spatial", 1) == 0)
        {
            throw new OnnxUnsupportedException(
                $"{node.Title} uses statistics of each batch or of each position; export the model in evaluation mode."
            );
        }

        var channels = given[0]!.numel();
        if (given.Any(each => each!.numel() != channels))
        {
            throw new OnnxShapeException($"{node.Title} has other numbers of means, variances, weights and biases.");
        }

        var epsilon = node.Float("epsilon", (float)1e-5);
        BatchNorm module = view.Facts.Of(node.Inputs[0]).Rank switch
        {
            2 or 3 => nn.BatchNorm1d(channels, epsilon),
            4 => nn.BatchNorm2d(channels, epsilon),
            5 => nn.BatchNorm3d(channels, epsilon),
            _ => new AnyBatchNorm(channels, epsilon),
        };
        module.weight = Fixed(given[0]!.clone());
        module.bias = Fixed(given[1]!.clone());
        module.running_mean = given[2]!.detach().clone();
        module.running_var = given[3]!.detach().clone();
        view.Claim([node]);
        return Part.Of(node.Name, module, node.Inputs[0], node.Outputs[0]);
    }

    private static Part? Embedding(GraphView view, Node node)
    {
        if (!view.Paths.IsEmbedding(node))
        {
            return null;
        }

        var table = view.Constant(node.Inputs[0])!;
        var rows = table.shape[0];
        var module = nn.Embedding(rows, table.shape[1], device: META);
        module.weight = (Parameter)Fixed(table).DetachFromDisposeScope();
        view.Claim([node]);
        return new Part(node.Name, module, Run, [node.Inputs[1]], node.Outputs);

        Tensor?[] Run(Tensor?[] given)
        {
            var call = new Call(node, [module.weight, given[0]]);
            var indices = Selection.Positive(call, Call.Moved(given[0]!, module.weight!), rows);
            return [module.call(indices)];
        }
    }
}
