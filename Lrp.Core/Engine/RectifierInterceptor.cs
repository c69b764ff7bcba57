using System.Runtime.CompilerServices;
using Lrp.Core.Hooks;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// A ReLU that hands relevance on unchanged: joined with the module that it follows where that is possible, a module
/// with a rule like any other where it is not.
/// </summary>
internal sealed class RectifierInterceptor(RuleSite site, BackwardRule rule) : IModuleInterceptor
{
    private readonly RelevanceInterceptor alone = new(site, rule);
    private readonly ConditionalWeakTable<Tensor, RectifiedNode> open = [];

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        if (site.IsSuspended
            || !is_grad_enabled()
            || inputs is not [Tensor input]
            || site.ForwardPass?.Take(input) is not { } call)
        {
            return alone.Before(module, inputs);
        }

        site.MarkCalled();
        var node = new RectifiedNode(site, call, input.detach());
        open.Add(node.Handed, node);
        return [node.Handed];
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (inputs is not [Tensor input] || output is not Tensor rectified || !open.TryGetValue(input, out var node))
        {
            return alone.After(module, inputs, output);
        }

        open.Remove(input);
        var connected = node.Close(rectified);
        rectified.Dispose();
        return connected;
    }
}
