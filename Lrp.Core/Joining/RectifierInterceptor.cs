using Lrp.Core.Engine;
using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Joining;

/// <summary>
/// A ReLU that passes relevance on unchanged: joined with the layer that it follows where that is possible, a module
/// with a rule like any other where it is not.
/// </summary>
internal sealed class RectifierInterceptor(RuleSite site, IModuleInterceptor alone, ReluJoining joining)
    : IModuleInterceptor
{
    private readonly OpenCalls<RectifiedNode> _calls = new(site);

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        _calls.Begin();
        if (
            site.IsSuspended
            || !is_grad_enabled()
            || inputs is not [Tensor input]
            || joining.Take(input) is not { } call
        )
        {
            return alone.Before(module, inputs);
        }

        site.MarkCalled();
        var node = new RectifiedNode(site, call, input.detach());
        _calls.Add(node.ModuleInput, node);
        return [node.ModuleInput];
    }

    public object? After(nn.Module module, object?[] inputs, object? output) =>
        _calls.End(inputs) is { } node ? node.Close((Tensor)output!) : alone.After(module, inputs, output);
}
