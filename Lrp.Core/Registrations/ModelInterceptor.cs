using System.Runtime.CompilerServices;
using Lrp.Core.Conservation;
using Lrp.Core.Embeddings;
using Lrp.Core.Engine;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.State;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Core.Registrations;

/// <summary>
/// Sees the whole model's calls: marks where passes begin and end, and the relevance at the model's output and input.
/// </summary>
/// <param name="site">The model.</param>
/// <param name="journal">Told where passes begin and end.</param>
/// <param name="joining">Told where forward passes begin and end.</param>
/// <param name="embeddings">Reads relevance at embeddings; null where the model itself has a rule.</param>
/// <param name="start">What the relevance at the model's output is.</param>
/// <param name="events">What is done when passes begin and end.</param>
internal sealed class ModelInterceptor(
    RuleSite site,
    RelevanceJournal journal,
    ILayerJoining joining,
    EmbeddingReading? embeddings,
    RelevanceStart start,
    PassEvents events
) : IModuleInterceptor
{
    // The inputs that the model is given in place of the caller's.
    private readonly ConditionalWeakTable<Tensor, object> _watchedInputs = [];

    // The calls of the model under way on a thread: a model may call itself.
    private readonly ThreadLocal<Stack<ModuleCallFrame>> _calls = new(() => new Stack<ModuleCallFrame>());
    private int _warned;
    private int _hasRun;

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        site.MarkCalled();
        if (site.IsSuspended)
        {
            return inputs;
        }

        events.Called(inputs);
        var isNested = BeginCall() > 1;
        if (isNested)
        {
            return inputs;
        }

        events.ForwardBegins();
        if (!is_grad_enabled())
        {
            return inputs;
        }

        joining.BeginForward();
        var isFirst = Interlocked.Exchange(ref _hasRun, 1) == 0;
        if (journal.TakeHasRun() || isFirst)
        {
            // The graph that a cache of keys and values still holds was used up by the backward pass, or it is of a
            // pass before the registration, in which nothing had a rule.
            ModelState.DetachHistory(module);
        }

        var tensors = inputs.SelectMany(TensorArguments.Copied).ToList();
        if (tensors.Count == 0 && Array.Find(inputs, TensorArguments.MayHide) is { } hiding)
        {
            throw Hidden("input", hiding);
        }

        embeddings?.Begin(_calls.Value!.Peek(), tensors);
        if (!tensors.Exists(tensor => tensor.requires_grad))
        {
            return inputs;
        }

        var watched = inputs.Select(input => ProbeNode.Insert(site, input, journal.ReachInput)).ToArray();
        foreach (var tensor in watched.SelectMany(TensorArguments.Copied).Where(tensor => tensor.requires_grad))
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
        if (isNested)
        {
            return output;
        }

        if (!is_grad_enabled())
        {
            events.ForwardEnded(false);
            return output;
        }

        joining.EndForward();
        WarnAboutInput(inputs, embeddings?.End() ?? 0);
        events.ForwardEnded(true);
        if (output is not null && TensorArguments.MayHide(output) && !TensorArguments.Copied(output).Any())
        {
            events.OutputIsHidden(output);
        }

        var result = ProbeNode.Insert(site, output, Begin, start == RelevanceStart.OutputTimesGradient);
        if (LibraryModules.Include(module) && !ReferenceEquals(result, output))
        {
            var inner = inputs.SelectMany(TensorArguments.Copied).Where(tensor => _watchedInputs.Remove(tensor));
            foreach (var tensor in inner.Concat(TensorArguments.Copied(output).Where(tensor => tensor.requires_grad)))
            {
                tensor.Dispose();
            }
        }

        return result;
    }

    /// <summary>The exception for tensors in something that is no container.</summary>
    /// <param name="what">What of the model it is.</param>
    /// <param name="value">What may hold tensors.</param>
    public static NotSupportedException Hidden(string what, object value) =>
        new(
            $"The model's {what} is a {value.GetType().Name}, in which tensors cannot be found, so that relevance "
                + "would not pass there. Use a tensor, a tuple, an array, a List, a Dictionary, or a class or record "
                + "with tensors in its fields or properties."
        );

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
        events.BackwardBegins();
        site.Report(relevance, []);
    }

    private void WarnAboutInput(object?[] inputs, long embeddingsSeen)
    {
        var tensors = inputs.SelectMany(TensorArguments.Copied).ToList();
        if (embeddingsSeen > 0 || tensors.Exists(tensor => tensor.requires_grad))
        {
            return;
        }

        var canRequireGradient = tensors.Exists(tensor => tensor.is_floating_point() || tensor.is_complex());
        if ((!canRequireGradient && events.IsRecorded()) || Interlocked.Exchange(ref _warned, 1) != 0)
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
                "The registered model was called on integers, which have no gradient, and none of its modules of type "
                    + "Embedding was seen to run, so no relevance can reach the input. {Remedy} Wrap plain "
                    + "predictions in torch.no_grad().",
                EmbeddingTap.SeesOperators
                    ? "Look ids up with an nn.Embedding, or call the model on the embedded words, with "
                        + "requires_grad_(), or Record the output of the module that embeds them before the call."
                    : "Without the native library lrp_dispatch an embedding is seen only where it is run by call(), "
                        + "not by forward(): install the library, run the embedding by call(), or call the model on "
                        + "the embedded words, with requires_grad_()."
            );
        }
    }
}
