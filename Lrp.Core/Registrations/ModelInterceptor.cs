using System.Runtime.CompilerServices;
using Lrp.Core.Conservation;
using Lrp.Core.Engine;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Core.Registrations;

/// <summary>
/// Sees the whole model's calls: marks where passes begin and end, and the relevance at the model's output and input.
/// </summary>
/// <param name="site">The model.</param>
/// <param name="journal">Told where passes begin and end.</param>
/// <param name="joining">Told where forward passes begin and end.</param>
/// <param name="start">What the relevance at the model's output is.</param>
/// <param name="isRecorded">Whether the output of a module inside is recorded.</param>
/// <param name="forwardEnded">Called when a forward pass of the whole model is over.</param>
/// <param name="backwardBegins">Called when a backward pass begins at the model's output.</param>
internal sealed class ModelInterceptor(
    RuleSite site,
    RelevanceJournal journal,
    ILayerJoining joining,
    RelevanceStart start,
    Func<bool> isRecorded,
    Action forwardEnded,
    Action backwardBegins
) : IModuleInterceptor
{
    // The inputs that the model is given in place of the caller's.
    private readonly ConditionalWeakTable<Tensor, object> _watchedInputs = [];

    // The calls of the model under way on a thread: a model may call itself.
    private readonly ThreadLocal<Stack<ModuleCallFrame>> _calls = new(() => new Stack<ModuleCallFrame>());
    private int _warned;

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        if (site.IsSuspended)
        {
            return inputs;
        }

        var isNested = BeginCall() > 1;
        if (isNested || !is_grad_enabled())
        {
            return inputs;
        }

        joining.BeginForward();
        var tensors = inputs.SelectMany(TensorArguments.In).ToList();
        if (!tensors.Exists(tensor => tensor.requires_grad))
        {
            WarnAboutInput(tensors);
            return inputs;
        }

        var watched = inputs.Select(input => ProbeNode.Insert(site, input, journal.ReachInput)).ToArray();
        foreach (var tensor in watched.SelectMany(TensorArguments.In).Where(tensor => tensor.requires_grad))
        {
            _watchedInputs.AddOrUpdate(tensor, tensor);
        }

        return watched;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (site.IsSuspended)
        {
            return output;
        }

        // Relevance begins at the output of the outermost call.
        var isNested = EndCall() > 0;
        if (isNested || !is_grad_enabled())
        {
            return output;
        }

        joining.EndForward();
        forwardEnded();
        var result = ProbeNode.Insert(site, output, Begin, start == RelevanceStart.OutputTimesGradient);
        if (LibraryModules.Include(module) && !ReferenceEquals(result, output))
        {
            var inner = inputs.SelectMany(TensorArguments.In).Where(tensor => _watchedInputs.Remove(tensor));
            foreach (var tensor in inner.Concat(TensorArguments.In(output).Where(tensor => tensor.requires_grad)))
            {
                tensor.Dispose();
            }
        }

        return result;
    }

    /// <summary>A call begins; those that an exception ended are forgotten.</summary>
    /// <returns>How many are under way.</returns>
    private int BeginCall()
    {
        var calls = _calls.Value!;
        while (calls.TryPeek(out var last) && last.IsOver())
        {
            calls.Pop().Release();
        }

        calls.Push(ModuleCallFrame.Capture());
        return calls.Count;
    }

    private int EndCall()
    {
        var calls = _calls.Value!;
        if (calls.TryPop(out var ended))
        {
            ended.Release();
        }

        return calls.Count;
    }

    private void Begin(IReadOnlyList<Tensor?> relevance)
    {
        journal.BeginPass(relevance);
        backwardBegins();
        site.Report(relevance, []);
    }

    private void WarnAboutInput(List<Tensor> inputs)
    {
        var canRequireGradient = inputs.Exists(tensor => tensor.is_floating_point() || tensor.is_complex());
        if ((!canRequireGradient && isRecorded()) || Interlocked.Exchange(ref _warned, 1) != 0)
        {
            return;
        }

        if (canRequireGradient)
        {
            site.Logger.LogWarning(
                "The registered model was called on an input that needs no gradient, so no relevance can reach it. "
                    + "Call requires_grad_() on the input, or wrap plain predictions in torch.no_grad()."
            );
        }
        else
        {
            site.Logger.LogWarning(
                "The registered model was called on integers, which have no gradient, so no relevance can reach its "
                    + "input. The relevance of token ids is read at their embedding: call the model on the embedded "
                    + "words, or Record the embedding's output before the call. Wrap plain predictions in "
                    + "torch.no_grad()."
            );
        }
    }
}
