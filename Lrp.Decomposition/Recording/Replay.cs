using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>
/// Sends the components through the recorded steps, chunk by chunk. The parts of a value are released after their last
/// use, so only one chunk of the parts still in use is in memory.
/// </summary>
internal sealed class Replay
{
    private readonly IReadOnlyList<TapeNode> _plan;
    private readonly IReadOnlyList<TrackedValue> _wanted;
    private readonly IReadOnlyList<Composition> _sources;
    private readonly DecompositionOptions _options;
    private readonly Dictionary<TrackedValue, int> _uses = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TrackedValue, CompositionChunk?> _live = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TrackedValue, int> _left = new(ReferenceEqualityComparer.Instance);
    private readonly OwnedTensors _owned = new();
    private readonly RunningTotals _totals = new();
    private readonly long _count;
    private long _chunk;
    private long _fitting;

    private Replay(IReadOnlyList<Composition> sources, IReadOnlyList<TrackedValue> wanted, DecompositionOptions options)
    {
        _wanted = wanted;
        _options = options;
        _sources = sources;
        _count = sources[0].Count;
        IsContextual = sources[0].IsContextual;
        _plan = Tape.StepsTo(wanted);
        foreach (var node in _plan)
        {
            node.ThrowIfChanged();
        }

        foreach (var value in wanted)
        {
            value.ThrowIfChanged("The composition was requested of");
        }

        foreach (
            var value in _plan
                .SelectMany(node => node.Inputs)
                .SelectMany(argument => argument)
                .Select(input => input.Tracked)
                .Concat(wanted)
        )
        {
            if (value is not null)
            {
                _uses[value] = _uses.GetValueOrDefault(value) + 1;
                _owned.Exclude([value.Value]);
            }
        }

        _owned.Exclude([.. _plan.SelectMany(node => node.OutputValues), .. sources.Select(one => one.KeptResidual)]);
    }

    /// <summary>The number of components in the current chunk.</summary>
    public long ChunkCount { get; private set; }

    public bool IsContextual { get; }

    public bool UsesPartsAsReference => _options.Reference == Reference.SumOfParts;

    /// <summary>Computes the compositions of some recorded values.</summary>
    public static IReadOnlyList<Composition> Run(
        IReadOnlyList<Composition> sources,
        IReadOnlyList<TrackedValue> wanted,
        DecompositionOptions options
    )
    {
        var replay = new Replay(sources, wanted, options);
        using var mode = options.Differentiable ? enable_grad() : no_grad();
        using var suspended = OperatorInterception.Suspend();
        using var scope = NewDisposeScope();
        var device = replay._sources[0].Device;
        replay._fitting = Math.Clamp(options.ChunkSize ?? MemoryBudget.Chunk(replay._plan, device), 1, replay._count);
        replay._chunk = options.ChunkSize is null
            ? Math.Min(replay._fitting, MemoryBudget.CacheChunk(replay._plan, device))
            : replay._fitting;
        return replay.Run();
    }

    public CompositionChunk? PartsOf(TrackedValue value) =>
        _live.TryGetValue(value, out var parts)
            ? parts
            : throw new InvalidOperationException(
                "A step needs parts that were already released; its inputs were recorded incorrectly."
            );

    /// <summary>
    /// A sum or maximum over all components. With several chunks it needs an extra pass over the chunks.
    /// </summary>
    public Tensor Total(TapeNode node, int number, Tensor terms, bool largest) =>
        ChunkCount == _count ? RunningTotals.Of(terms, largest) : _totals.Of((node, number), terms, largest);

    private IReadOnlyList<Composition> Run()
    {
        var collected = _wanted.Select(_ => new List<CompositionChunk?>()).ToArray();
        while (!Pass(collected))
        {
            // Each sum over all components takes an extra pass, so a larger chunk, as large as fits, is worthwhile.
            if (_chunk == _fitting)
            {
                _totals.Complete();
            }
            else
            {
                _totals.Dispose();
            }

            _chunk = _fitting;
            foreach (var list in collected)
            {
                list.Clear();
            }
        }

        _totals.Dispose();
        return [.. _wanted.Select((value, k) => Assemble(value, collected[k]))];
    }

    private bool Pass(List<CompositionChunk?>[] collected)
    {
        var whole = true;
        for (long start = 0; start < _count; start += _chunk)
        {
            ChunkCount = Math.Min(_chunk, _count - start);
            try
            {
                Chunk(start);
                for (var k = 0; k < _wanted.Count; k++)
                {
                    collected[k].Add(Keep(_live[_wanted[k]]));
                }
            }
            catch (TotalPending)
            {
                whole = false;
                if (_chunk != _fitting)
                {
                    return false;
                }
            }
            finally
            {
                _live.Clear();
                _owned.Release();
            }
        }

        return whole;
    }

    private void Chunk(long start)
    {
        _left.Clear();
        foreach (var (value, number) in _uses)
        {
            _left.Add(value, number);
            if (value.Source >= 0)
            {
                var parts = _sources[value.Source].Take(start, ChunkCount);
                _owned.Add(parts.Components);
                _live[value] = parts;
            }
        }

        foreach (var node in _plan)
        {
            Step(node);
            foreach (var argument in node.Inputs)
            {
                foreach (var input in argument)
                {
                    if (input.Tracked is { } used && --_left[used] == 0)
                    {
                        Drop(used);
                    }
                }
            }

            foreach (var output in node.Outputs)
            {
                if (output is not null && !_left.ContainsKey(output))
                {
                    Drop(output);
                }
            }
        }
    }

    private void Step(TapeNode node)
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<CompositionChunk?> split;
        if (
            !node.IsMovement
            && node.Inputs.All(argument => argument.All(input => input.Tracked is null || _live[input.Tracked] is null))
        )
        {
            split = new CompositionChunk?[node.Outputs.Length];
        }
        else
        {
            try
            {
                split = node.Split(new RecordedContext(node, this));
            }
            catch (Exception error) when (error is not TotalPending and not DecompositionException)
            {
                throw new DecompositionException($"Decomposition failed at {node}: {error.Message}", error);
            }
        }

        for (var k = 0; k < node.Outputs.Length; k++)
        {
            if (node.Outputs[k] is not { } output)
            {
                continue;
            }

            var parts = k < split.Count ? split[k] : null;
            if (parts is not null)
            {
                // Only the components of an input are known to have a single non-zero entry each.
                parts = parts.FirstIndex is null ? parts : parts with { FirstIndex = null };
                node.ThrowIfMisshaped(output, parts, ChunkCount);
                Own(node, parts.Components);
                Own(node, parts.Residual);
            }

            _live[output] = parts;
        }
    }

    private void Drop(TrackedValue value)
    {
        if (!_live.Remove(value, out var parts) || parts is null)
        {
            return;
        }

        _owned.Drop(parts.Components);
        if (parts.Residual is not null)
        {
            _owned.Drop(parts.Residual);
        }
    }

    /// <summary>Takes a tensor from the step that made it, unless the step keeps it.</summary>
    private void Own(TapeNode node, Tensor? tensor)
    {
        if (tensor is not null && !node.Kept.ContainsValue(tensor))
        {
            _owned.Add(tensor);
        }
    }

    private static CompositionChunk? Keep(CompositionChunk? parts) =>
        parts is null ? null : parts with { Components = parts.Components.alias(), Residual = parts.Residual?.alias() };

    private Composition Assemble(TrackedValue value, List<CompositionChunk?> chunks)
    {
        long[] shape = [_count, .. value.Value.shape];
        var own = value.Value.alias().DetachFromDisposeScope();
        if (chunks[0] is null)
        {
            var nothing = zeros(shape, value.Value.dtype, value.Value.device).DetachFromDisposeScope();
            return Composition.Computed(
                own,
                nothing,
                IsContextual ? null : own.alias().DetachFromDisposeScope(),
                IsContextual
            );
        }

        var components = chunks.Count == 1 ? chunks[0]!.Components : cat([.. chunks.Select(part => part!.Components)]);
        var residual = IsContextual || value.IsTokens ? null : chunks[0]!.Residual ?? value.Value - components.sum(0L);
        return Composition.Computed(
            own,
            components.DetachFromDisposeScope(),
            residual?.DetachFromDisposeScope(),
            IsContextual
        );
    }
}
