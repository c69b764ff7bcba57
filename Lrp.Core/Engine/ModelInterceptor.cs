using System.Runtime.CompilerServices;
using Lrp.Core.Hooks;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// Sees the whole model's calls: marks where passes begin and end, and the relevance at the model's output and input.
/// </summary>
internal sealed class ModelInterceptor(Registration registration, RuleSite site) : IModuleInterceptor
{
    // The inputs handed to the model in place of the caller's.
    private readonly ConditionalWeakTable<Tensor, object> handed = [];
    private int warned;

    public object?[] Before(torch.nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        if (site.IsSuspended || !torch.is_grad_enabled())
        {
            return inputs;
        }

        if (!inputs.SelectMany(TensorArguments.In).Any(tensor => tensor.requires_grad))
        {
            WarnAboutInput();
            return inputs;
        }

        registration.BeginForward();
        var watched = inputs.Select(input => ProbeNode.Watch(site, input, registration.Journal.ReachInput)).ToArray();
        foreach (var tensor in watched.SelectMany(TensorArguments.In).Where(tensor => tensor.requires_grad))
        {
            handed.AddOrUpdate(tensor, tensor);
        }

        return watched;
    }

    public object? After(torch.nn.Module module, object?[] inputs, object? output)
    {
        if (site.IsSuspended || !torch.is_grad_enabled())
        {
            return output;
        }

        registration.EndForward();
        var result = ProbeNode.Insert(output, outputs => registration.Start == RelevanceStart.Gradient
            ? new ProbeNode(site, outputs, Begin)
            : new StartNode(site, outputs, Begin));
        if (LibraryModules.Include(module) && !ReferenceEquals(result, output))
        {
            var inner = inputs.SelectMany(TensorArguments.In).Where(tensor => handed.Remove(tensor));
            foreach (var tensor in inner.Concat(TensorArguments.In(output).Where(tensor => tensor.requires_grad)))
            {
                tensor.Dispose();
            }
        }

        return result;
    }

    private void Begin(IReadOnlyList<Tensor?> relevance)
    {
        registration.Journal.BeginPass(relevance);
        site.Report(relevance, []);
    }

    private void WarnAboutInput()
    {
        if (Interlocked.Exchange(ref warned, 1) == 0)
        {
            registration.Logger.LogWarning(
                "The registered model was called on an input that needs no gradient, so no relevance can reach it. "
                + "Call requires_grad_() on the input, or wrap plain predictions in torch.no_grad().");
        }
    }
}
