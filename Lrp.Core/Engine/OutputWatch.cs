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

    public object? After(torch.nn.Module module, object?[] inputs, object? output)
    {
        if (site.IsSuspended || !torch.is_grad_enabled())
        {
            return output;
        }

        var result = ProbeNode.Insert(site, output, relevance => site.Report(relevance, []));
        if (LibraryModules.Include(module) && !ReferenceEquals(result, output))
        {
            foreach (var tensor in TensorArguments.In(output).Where(tensor => tensor.requires_grad))
            {
                tensor.Dispose();
            }
        }

        return result;
    }
}
