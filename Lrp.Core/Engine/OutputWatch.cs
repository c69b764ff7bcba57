using Lrp.Core.Hooks;
using TorchSharp;

namespace Lrp.Core.Engine;

/// <summary>Watches the relevance at the output of a module that has no rule.</summary>
internal sealed class OutputWatch(RuleSite site) : IModuleInterceptor
{
    public object?[] Before(torch.nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        return inputs;
    }

    public object? After(torch.nn.Module module, object?[] inputs, object? output) =>
        site.IsSuspended || !torch.is_grad_enabled()
            ? output
            : ProbeNode.Watch(site, output, relevance => site.Report(relevance, []));
}
