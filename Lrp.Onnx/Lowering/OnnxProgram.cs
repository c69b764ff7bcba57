using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using Lrp.Onnx.Kernels;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>A file read into parts: what <c>OnnxModel</c> runs.</summary>
internal sealed class OnnxProgram
{
    private OnnxProgram(
        GraphView view,
        IReadOnlyList<Part> parts,
        Evaluation evaluation,
        IReadOnlySet<string> written,
        IReadOnlyList<string> explained,
        IReadOnlyDictionary<string, string> aliases
    )
    {
        var graph = view.Graph;
        (Written, Aliases) = (written, aliases);
        Entered = graph
            .Inputs.Select(input => input.Name)
            .Where(view.Paths.IsEntered)
            .ToHashSet(StringComparer.Ordinal);
        (Inputs, Parts, Evaluation) = (graph.Inputs, parts, evaluation);
        var used = parts
            .SelectMany(part => part.Inputs)
            .Concat(graph.Outputs.Select(output => output.Name))
            .Concat(explained)
            .ToHashSet();
        Constants = graph.Constants.Where(entry => used.Contains(entry.Key)).ToDictionary(StringComparer.Ordinal);
        Outputs = [.. graph.Outputs.Select(output => output.Name)];
        Explained = explained;
        BatchNorms = [.. MergedPairs(view)];
    }

    public IReadOnlyList<ValueDefinition> Inputs { get; }
    public IReadOnlyList<Part> Parts { get; }
    public Evaluation Evaluation { get; }

    /// <summary>Constants that parts are given; in the dispose scope of the caller.</summary>
    public IReadOnlyDictionary<string, Tensor> Constants { get; }

    /// <summary>
    /// The names of the values that nodes of the file compute. Functions and whole numbers that are written out have
    /// values of other names.
    /// </summary>
    public IReadOnlySet<string> Written { get; }

    /// <summary>The names of inputs of whole numbers that the model makes numbers of before all else.</summary>
    public IReadOnlySet<string> Entered { get; }

    /// <summary>Values of the file that are left out, each with the value that is the same.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; }

    /// <summary>The names of the outputs.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>For each output the value to explain: what a last softmax is given.</summary>
    public IReadOnlyList<string> Explained { get; }

    /// <summary>Linear layers and the batch normalisations that alone use their outputs, by names of parts.</summary>
    public IReadOnlyList<(string Linear, string BatchNorm)> BatchNorms { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="floats">The type of all floating point tensors; null for that in the file.</param>
    /// <param name="outputs">Names of values to have as outputs; null for the graph's.</param>
    public static unsafe OnnxProgram Read(string path, ScalarType? floats, IReadOnlyList<string>? outputs)
    {
        using var file = new MappedFile(path);
        var model = ModelReader.Read(file.Start, file.Length);
        using var external = new ExternalData(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var reader = new TensorReader(external, floats);
        var graph = GraphBuilder.Build(model, reader, node => OperatorTable.Of(node).Check(node));
        graph = outputs is null ? graph : WithOutputs(graph, outputs);
        var evaluation = new Evaluation { Floats = floats, ReadTensor = reader.Read };
        ConstantFolding.Run(graph, evaluation);
        if (graph.Nodes.Exists(IsQuantized))
        {
            Dequantization.Run(graph, isOwn: outputs is null);
            ConstantFolding.Run(graph, evaluation);
            if (graph.Nodes.Find(IsQuantized) is { } left)
            {
                throw OperatorTable.Rounding(left);
            }
        }

        ThrowIfMissing(graph);
        var aliases = Bypasses.Run(graph);
        GemmSums.Split(graph);
        ConstantFolding.Run(graph, evaluation);
        string[] explained = [.. graph.Outputs.Select(output => LastSoftmax.Before(graph, output.Name))];
        evaluation.Hold(graph.Nodes);
        var facts = new Facts(graph, floats);
        var paths = new RelevancePaths(graph, facts, node => OperatorTable.Of(node).Role == Role.Numbers);
        var view = new GraphView(graph, facts, paths);
        var written = model.Graph!.Nodes.SelectMany(node => node.Outputs).ToHashSet(StringComparer.Ordinal);
        return new OnnxProgram(view, GraphLowering.Run(view, evaluation), evaluation, written, explained, aliases);
    }

    /// <summary>Refuses a graph that uses outputs of operators that are not computed here.</summary>
    private static void ThrowIfMissing(Graph graph)
    {
        var consumers = graph.Consumers();
        foreach (var node in graph.Nodes)
        {
            if (node.Outputs.Skip(OperatorTable.Of(node).Outputs).FirstOrDefault(consumers.Contains) is { } missing)
            {
                throw new OnnxUnsupportedException($"{node.Title} has the output '{missing}', which is not supported.");
            }
        }
    }

    private static bool IsQuantized(Node node) => OperatorTable.Of(node).Role == Role.Quantized;

    private static Graph WithOutputs(Graph graph, IReadOnlyList<string> outputs)
    {
        var known = graph
            .Nodes.SelectMany(node => node.Outputs)
            .Concat(graph.Inputs.Select(input => input.Name))
            .ToHashSet();
        foreach (var output in outputs.Where(output => !known.Contains(output)))
        {
            throw new OnnxGraphException($"The graph computes no value of the name '{output}'.");
        }

        var result = new Graph(graph.Inputs, [.. outputs.Select(name => new ValueDefinition(name, 0, null, true))])
        {
            Nodes = graph.Nodes,
        };
        foreach (var (name, tensor) in graph.Constants)
        {
            result.Constants[name] = tensor;
        }

        return result;
    }

    private IEnumerable<(string, string)> MergedPairs(GraphView view)
    {
        foreach (var norm in Parts.Where(part => part.Module is TorchSharp.Modules.BatchNorm))
        {
            var linear = Parts.FirstOrDefault(part => part.Outputs.Contains(norm.Inputs[0]));
            var isLayer = linear?.Module is TorchSharp.Modules.Convolution or TorchSharp.Modules.Linear;
            if (
                isLayer
                && view.Consumers(norm.Inputs[0]).Count() == 1
                && IsOverFeatures(linear!, view.Facts.Of(norm.Inputs[0]).Rank)
                && Fits(linear!.Module!, (TorchSharp.Modules.BatchNorm)norm.Module!)
            )
            {
                yield return (linear.Name, norm.Name);
            }
        }
    }

    /// <summary>Whether a layer's features are the dimension that batch normalisations are over, the second.</summary>
    private static bool IsOverFeatures(Part linear, int? rank) =>
        linear.FeatureAxis == 1 || linear.FeatureAxis + rank == 1;

    private static bool Fits(nn.Module linear, TorchSharp.Modules.BatchNorm norm) =>
        linear switch
        {
            TorchSharp.Modules.Convolution convolution => convolution.out_channels == norm.num_features,
            TorchSharp.Modules.Linear layer => layer.out_features == norm.num_features,
            _ => false,
        };
}
