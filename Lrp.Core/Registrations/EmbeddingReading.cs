using System.Collections.Concurrent;
using Lrp.Core.Conservation;
using Lrp.Core.Embeddings;
using Lrp.Core.Engine;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Core.Registrations;

/// <summary>
/// Makes the outputs of a registered model's embeddings points at which relevance is read, while the model runs.
/// </summary>
/// <remarks>
/// A model that is called on something that requires a gradient reads only the embeddings of ids that it is called on:
/// an embedding of positions inside of it stays a constant.
/// </remarks>
internal sealed class EmbeddingReading : IModuleInterceptor, IDisposable
{
    private readonly RuleSite _root;
    private readonly RelevanceJournal _journal;
    private readonly Func<string, nn.Module, RuleSite> _newSite;
    private readonly ConcurrentDictionary<nn.Module, RuleSite> _sites = new(ReferenceEqualityComparer.Instance);
    private readonly EmbeddingTap _tap;
    private readonly IDisposable _hooks;
    private readonly ThreadLocal<Pass?> _pass = new();
    private readonly ThreadLocal<Stack<OperatorInterception?>> _entered = new(() => new(), trackAllValues: true);
    private readonly ConcurrentDictionary<string, string> _unread = new();
    private long _count;

    public EmbeddingReading(RuleSite root, RelevanceJournal journal, Func<string, nn.Module, RuleSite> newSite)
    {
        _root = root;
        _journal = journal;
        _newSite = newSite;
        _tap = new EmbeddingTap(root.Module, IsReading, Read) { OtherLookup = NoteLookup };
        _hooks = _tap.Hook();
    }

    /// <summary>Ids that were looked up in a parameter and not by an embedding, where nothing is read.</summary>
    public IEnumerable<string> Warnings => _unread.Values;

    /// <summary>A forward pass of the whole model begins on this thread.</summary>
    /// <param name="frame">Its call.</param>
    /// <param name="inputs">The tensors that the model is called on.</param>
    public void Begin(ModuleCallFrame frame, IReadOnlyList<Tensor> inputs)
    {
        _tap.Forget();
        _pass.Value = new Pass(
            frame,
            inputs.Any(tensor => tensor.requires_grad),
            [.. inputs.Where(tensor => !tensor.is_floating_point() && !tensor.is_complex())]
        );
    }

    /// <summary>The forward pass on this thread is over.</summary>
    /// <returns>How many outputs of embeddings were seen.</returns>
    public long End()
    {
        var count = _pass.Value?.Count ?? 0;
        _pass.Value = null;
        return count;
    }

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        var entered = _entered.Value!;
        while (entered.TryPeek(out var last) && last is { IsLeft: true })
        {
            entered.Pop();
        }

        var tap = EmbeddingSession.CurrentTap ?? (IsReading() ? _tap : null);
        entered.Push(tap?.Enter(endsWithModuleCall: true));
        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (_entered.Value!.TryPop(out var scope))
        {
            scope?.Dispose();
        }

        return output;
    }

    public void Dispose()
    {
        _hooks.Dispose();
        foreach (var scopes in _entered.Values)
        {
            while (scopes.TryPop(out var scope))
            {
                scope?.Dispose();
            }
        }
    }

    private bool IsReading() =>
        EmbeddingSession.CurrentTap is null
        && !_root.IsSuspended
        && is_grad_enabled()
        && _pass.Value is { } pass
        && !pass.Frame.IsOver();

    private Tensor? Read(EmbeddingCall call)
    {
        var pass = _pass.Value!;
        if (pass.RequiresGradient && !pass.Ids.Any(ids => Same(ids, call.Ids)))
        {
            return null;
        }

        pass.Count++;
        var number = Interlocked.Increment(ref _count);
        var site = _sites.GetOrAdd(call.Module, module => _newSite(call.Name, module));
        var ids = call.Ids.detach().DetachFromDisposeScope();
        var begin = call.Output.requires_grad ? call.Output : call.Output.detach().requires_grad_();
        var watched = ProbeNode.Insert(
            site,
            begin,
            relevance => _journal.ReportEmbedding(site, number, ids, relevance[0]!, isRecorded: !call.IsHooked)
        );
        if (!ReferenceEquals(begin, call.Output))
        {
            begin.Dispose();
        }

        return (Tensor)watched!;
    }

    private void NoteLookup(string name, Tensor table, Tensor ids)
    {
        var storage = TensorState.Of(ids).Storage;
        var rows = TensorState.Of(table).Storage;
        if (
            _pass.Value is { } pass
            && pass.Ids.Any(given => TensorState.Of(given).Storage == storage)
            && _root.Module.named_parameters().FirstOrDefault(entry => TensorState.Of(entry.parameter).Storage == rows)
                is { parameter: not null } found
        )
        {
            var text =
                $"Token ids [{string.Join(", ", ids.shape)}] were looked up by {name} in the parameter '{found.name}' "
                + $"[{string.Join(", ", table.shape)}], where relevance is not read: only what an nn.Embedding, or "
                + "nn.functional.embedding with its weight, looks up is. Make the parameter the weight of an "
                + "nn.Embedding, or call the model on the rows, with requires_grad_().";
            if (_unread.TryAdd(found.name, text))
            {
                _root.Logger.LogWarning("{Warning}", text);
            }
        }
    }

    private static bool Same(Tensor left, Tensor right) =>
        ReferenceEquals(left, right)
        || (
            left.NumberOfElements == right.NumberOfElements
            && left.device_type == right.device_type
            && left.to(ScalarType.Int64).flatten().Equals(right.to(ScalarType.Int64).flatten())
        );

    private sealed class Pass(ModuleCallFrame frame, bool requiresGradient, IReadOnlyList<Tensor> ids)
    {
        public ModuleCallFrame Frame => frame;

        public bool RequiresGradient => requiresGradient;

        public IReadOnlyList<Tensor> Ids => ids;

        public long Count { get; set; }
    }
}
