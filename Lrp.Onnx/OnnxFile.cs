using Lrp.Onnx.Format;

namespace Lrp.Onnx;

/// <summary>What an ONNX file says of itself. Its weights are not read, whatever their size.</summary>
public sealed record OnnxFile
{
    /// <summary>The program that wrote it.</summary>
    public required string Producer { get; init; }

    /// <summary>The version of each set of operators, by its domain; ONNX's own is "ai.onnx".</summary>
    public required IReadOnlyDictionary<string, long> Opsets { get; init; }

    /// <summary>The inputs of the graph, without the tensors that the file holds.</summary>
    public required IReadOnlyList<OnnxValue> Inputs { get; init; }

    /// <summary>The outputs of the graph.</summary>
    public required IReadOnlyList<OnnxValue> Outputs { get; init; }

    /// <summary>The tensors that the file holds, or that lie in files beside it.</summary>
    public required IReadOnlyList<OnnxValue> Tensors { get; init; }

    /// <summary>How often the graph has each operator.</summary>
    public required IReadOnlyDictionary<string, int> Operators { get; init; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="OnnxException">It is damaged, or has no graph.</exception>
    public static unsafe OnnxFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        }

        using var file = new MappedFile(path);
        var model = ModelReader.Read(file.Start, file.Length);
        var graph = model.Graph ?? throw new OnnxFormatException($"'{path}' has no graph: it is no ONNX model.");
        var held = graph.Initializers.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return new OnnxFile
        {
            Producer = model.Producer,
            Opsets = model.Opsets.ToDictionary(
                entry => entry.Key.Length == 0 ? "ai.onnx" : entry.Key,
                entry => entry.Value,
                StringComparer.Ordinal
            ),
            Inputs = [.. graph.Inputs.Where(input => !held.Contains(input.Name)).Select(OnnxValue.Of)],
            Outputs = [.. graph.Outputs.Select(OnnxValue.Of)],
            Tensors = [.. graph.Initializers.Select(OnnxValue.Of)],
            Operators = graph
                .Nodes.CountBy(node => node.Operator)
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .ToDictionary(StringComparer.Ordinal),
        };
    }
}
