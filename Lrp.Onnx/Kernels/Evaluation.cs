using Lrp.Onnx.Errors;
using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Computes nodes, with faults of libtorch told as faults of the node.</summary>
internal sealed class Evaluation
{
    /// <summary>The type that stands for FLOAT; null where every type is that of the file.</summary>
    public ScalarType? Floats { get; set; }

    /// <summary>Reads tensors among attributes; only while a file is loaded.</summary>
    public Func<TensorDefinition, string, Tensor>? ReadTensor { get; set; }

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
            ReadTensor = ReadTensor,
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
