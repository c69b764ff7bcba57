using System.Runtime.CompilerServices;
using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// Runs a module apart from the graph around it, on inputs without history; a <see cref="RuleNode"/> joins the two.
/// </summary>
internal sealed class RelevanceInterceptor(RuleSite site, BackwardRule rule, ILayerJoining joining) : IModuleInterceptor
{
    // Keyed by the first tensor that the module is given, so that a call whose forward threw leaves nothing behind.
    private readonly ConditionalWeakTable<Tensor, RuleNode> _open = [];

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        if (site.IsSuspended || !is_grad_enabled() || RuleNode.Open(site, rule, inputs) is not { } node)
        {
            return inputs;
        }

        _open.Add(node.FirstInput, node);
        return node.ReplaceInputs(inputs);
    }

    public object? After(nn.Module module, object?[] inputs, object? output) =>
        FindNode(inputs) is { } node ? node.Close(output, joining) : output;

    private RuleNode? FindNode(object?[] inputs)
    {
        foreach (var tensor in inputs.SelectMany(TensorArguments.In))
        {
            if (_open.TryGetValue(tensor, out var node))
            {
                _open.Remove(tensor);
                return node;
            }
        }

        return null;
    }
}
