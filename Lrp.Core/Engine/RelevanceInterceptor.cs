using System.Runtime.CompilerServices;
using Lrp.Core.Hooks;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// Runs a module apart from the graph around it, on inputs without history, and joins the two by a
/// <see cref="RuleNode"/>.
/// </summary>
internal sealed class RelevanceInterceptor(RuleSite site, BackwardRule rule) : IModuleInterceptor
{
    // Keyed by the first tensor handed to the module, so that a call whose forward threw leaves nothing behind.
    private readonly ConditionalWeakTable<Tensor, RuleNode> open = [];

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        if (site.IsSuspended || !is_grad_enabled())
        {
            return inputs;
        }

        var originals = inputs.SelectMany(TensorArguments.In).Where(tensor => tensor.requires_grad).ToList();
        if (originals.Count == 0)
        {
            return inputs;
        }

        var node = new RuleNode(site, rule, originals);
        open.Add(node.Handed[0], node);
        var next = 0;
        return TensorArguments.Replace(inputs, tensor => tensor.requires_grad ? node.Handed[next++] : tensor);
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (FindNode(inputs) is not { } node)
        {
            return output;
        }

        var outputs = TensorArguments.In(output).Where(IsDifferentiable).ToList();
        if (outputs.Count == 0)
        {
            return output;
        }

        node.Close(outputs);
        var connected = RelevanceFunction.Connect(node.Originals, node);
        var next = 0;
        var result = TensorArguments.Replace(output, tensor => IsDifferentiable(tensor) ? connected[next++] : tensor);
        if (outputs.Count == 1 && node.Rectifiable(outputs[0]) is { } rectifiable)
        {
            site.ForwardPass!.Add(connected[0], rectifiable);
        }

        if (LibraryModules.Include(module))
        {
            foreach (var tensor in outputs.Concat(node.Handed).Concat(node.Inputs))
            {
                tensor.Dispose();
            }
        }

        node.Forget();
        return result;
    }

    private static bool IsDifferentiable(Tensor tensor) => tensor.is_floating_point() || tensor.is_complex();

    private RuleNode? FindNode(object?[] inputs)
    {
        foreach (var tensor in inputs.SelectMany(TensorArguments.In))
        {
            if (open.TryGetValue(tensor, out var node))
            {
                open.Remove(tensor);
                return node;
            }
        }

        return null;
    }
}
