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
        return [.. inputs.Select(
            input => ProbeNode.Watch(site, input, registration.Journal.ReachInput))];
    }

    public object? After(torch.nn.Module module, object?[] inputs, object? output)
    {
        if (site.IsSuspended || !torch.is_grad_enabled())
        {
            return output;
        }

        registration.EndForward();
        return ProbeNode.Insert(output, outputs => registration.Start == RelevanceStart.Gradient
            ? new ProbeNode(site, outputs, Begin)
            : new StartNode(site, outputs, Begin));
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
