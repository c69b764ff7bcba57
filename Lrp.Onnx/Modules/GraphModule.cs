using Lrp.Core.Interception;
using Lrp.Core.Registrations;
using Lrp.Onnx.Kernels;
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
}
