using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Computes nodes, with faults of libtorch told as faults of the node.</summary>
internal sealed class Evaluation : IDisposable
{
    /// <summary>The type that stands for FLOAT; null where every type is that of the file.</summary>
    public ScalarType? Floats { get; set; }

    /// <summary>Reads tensors among attributes; only while a file is loaded.</summary>
    public Func<TensorDefinition, string, Tensor>? ReadTensor { get; set; }

    /// <summary>Tensors among the attributes of nodes that are computed later, by node.</summary>
    public Dictionary<Node, Tensor> Held { get; } = [];

    /// <summary>Reads what nodes hold, while the file is there.</summary>
    public void Hold(IEnumerable<Node> nodes)
    {
        foreach (var node in nodes)
        {
            if (node.Attribute("value")?.Tensor is { } value)
            {
                Held[node] = ReadTensor!(value, node.Name).DetachFromDisposeScope();
            }
        }

        ReadTensor = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Held.Values)
        {
            tensor.Dispose();
        }

        Held.Clear();
    }

    /// <summary>Computes a node's outputs, each in a handle of its own.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputs">Its inputs; null for one that is left out.</param>
    /// <param name="hasConstantGates">Whether gates and divisors are constants for autograd.</param>
    public Tensor?[] Run(Node node, IReadOnlyList<Tensor?> inputs, bool hasConstantGates = false)
    {
        var call = new Call(node, inputs)
        {
            Floats = Floats,
            HasConstantGates = hasConstantGates,
            IsLoading = ReadTensor is not null,
            ReadTensor = ReadTensor ?? ((_, _) => Held[node].alias()),
        };
        Tensor?[] outputs;
        try
        {
            outputs = OperatorTable.Of(node).Run(call);
        }
        catch (Exception exception) when (exception is not (OnnxException or OutOfMemoryException))
        {
            throw new OnnxShapeException(call.Unfit("cannot be computed").Message, exception);
        }

        for (var k = 0; k < outputs.Length; k++)
        {
            if (outputs[k] is { } output && inputs.Any(input => ReferenceEquals(input, output)))
            {
                outputs[k] = output.alias();
            }
        }

        return outputs;
    }
}
