using Lrp.Core.Interception;
using Lrp.Core.Registrations;
using Lrp.Onnx.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Modules;

/// <summary>
/// One or several nodes of an ONNX graph as a module, so that they have a name and composites match them.
/// </summary>
/// <remarks>
/// It gets the tensors that the nodes take from outside, in their order, and returns the outputs of the last node. By
/// itself it computes what the nodes say; while a composite gives it a rule, what the rule takes for a constant, such
/// as a gate or a norm's divisor, is one for autograd, and the values stay the same.
/// </remarks>
public abstract class GraphModule : nn.Module<Tensor?[], Tensor?[]>
{
    private readonly Block _block;

    private protected GraphModule(Block block)
        : base(block.Nodes[^1].Operator)
    {
        _block = block;
    }

    /// <summary>The operators of its nodes, in the order of computation.</summary>
    public IReadOnlyList<string> Operators => [.. _block.Nodes.Select(node => node.FullOperator)];

    /// <summary>The names of its nodes in the file.</summary>
    public IReadOnlyList<string> Nodes => [.. _block.Nodes.Select(node => node.Name)];

    /// <inheritdoc/>
    public override Tensor?[] forward(Tensor?[] input)
    {
        // Rules for functions are for models that call them; these nodes are one module.
        using var interception = OperatorInterception.Suspend();
        return _block.Run(input, Registration.HasRule(this));
    }

    /// <summary>
    /// A sum in which what cancels out exactly is a number too small to count, while a composite gives it a rule: its
    /// relevance is as small, and shares among the summands as their gradients say, whereas 0 shares nothing.
    /// </summary>
    private protected Tensor?[] NonZero(Tensor?[] output)
    {
        if (output[0] is not { } sum || !sum.is_floating_point() || !Registration.HasRule(this))
        {
            return output;
        }

        using var scope = NewDisposeScope();
        var smallest = sum.dtype == ScalarType.Float64 ? 1e-150 : 1e-30;
        var isZero = sum.detach().eq(0);
        return isZero.any().ToBoolean() && sum.dtype is ScalarType.Float64 or ScalarType.Float32
            ? [sum.add(isZero.to_type(sum.dtype).mul_(smallest)).MoveToOuterDisposeScope()]
            : output;
    }
}
