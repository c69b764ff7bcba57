using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>
/// Sends the components along the tape, chunk by chunk. Each value's parts are released after their last use, so memory
/// holds one chunk of what is alive at once.
/// </summary>
internal sealed class Replay
{
    private readonly IReadOnlyList<TapeNode> plan;
    private readonly IReadOnlyList<TrackedValue> wanted;
    private readonly IReadOnlyList<Composition> sources;
    private readonly DecompositionOptions options;
    private readonly Dictionary<TrackedValue, int> uses = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TrackedValue, Parts?> live = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TrackedValue, int> left = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, int> owned = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Tensor> foreign = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(TapeNode Node, int Number), RunningTotal> totals = [];
    private readonly long count;
    private long chunk;
    private long fitting;

    private Replay(IReadOnlyList<Composition> sources, IReadOnlyList<TrackedValue> wanted, DecompositionOptions options)
    {
        this.wanted = wanted;
        this.options = options;
        this.sources = sources;
        count = sources[0].Count;
        IsContextual = sources[0].IsContextual;
        plan = Plan(wanted);
        foreach (var value in plan.SelectMany(node => node.Inputs).SelectMany(argument => argument).Select(input => input.Tracked).Concat(wanted))
        {
            if (value is not null)
            {
                uses[value] = uses.GetValueOrDefault(value) + 1;
                foreign.Add(value.Value);
            }
        }

        foreign.UnionWith(plan.SelectMany(node => node.OutputValues).OfType<Tensor>());
        foreign.UnionWith(sources.Select(source => source.KeptResidual).OfType<Tensor>());
    }

    /// <summary>How many components the present chunk has.</summary>
    public long ChunkCount { get; private set; }

    public bool IsContextual { get; }

    public bool UsesPartsAsReference => options.Reference == Reference.Parts;

    /// <summary>The compositions of some values of the tape.</summary>
    public static IReadOnlyList<Composition> Run(
        IReadOnlyList<Composition> sources, IReadOnlyList<TrackedValue> wanted, DecompositionOptions options)
    {
        var replay = new Replay(sources, wanted, options);
        using var mode = options.Differentiable ? enable_grad() : no_grad();
        using var suspended = Functions.OperatorInterception.Suspend();
        using var scope = NewDisposeScope();
        var device = replay.sources[0].Device;
        replay.fitting = Math.Clamp(options.ChunkSize ?? MemoryBudget.Chunk(replay.plan, device), 1, replay.count);
        replay.chunk = options.ChunkSize is null ? Math.Min(replay.fitting, MemoryBudget.CacheChunk(replay.plan, device)) : replay.fitting;
        return replay.Run();
    }

    public Parts? PartsOf(TrackedValue value) => live.TryGetValue(value, out var parts)
        ? parts
        : throw new InvalidOperationException("A step asks for parts that are not alive; its inputs were recorded wrongly.");

    /// <summary>A reduction over all components; across chunks it takes one pass over the chunks to form.</summary>
    public Tensor Total(TapeNode node, int number, Tensor terms, bool largest)
    {
        if (ChunkCount == count)
        {
            return largest ? terms.amax([0L]) : terms.sum(0L);
        }

        if (!totals.TryGetValue((node, number), out var total))
        {
            totals.Add((node, number), total = new RunningTotal(largest));
        }

        if (!total.IsComplete)
        {
            total.Add(terms);
            throw new TotalPending();
        }

        return total.Value;
    }

    private IReadOnlyList<Composition> Run()
    {
        var collected = wanted.Select(_ => new List<Parts?>()).ToArray();
        while (!Pass(collected))
        {
            // Sums over all components take a pass each, so they are worth as large a chunk as fits.
            var complete = chunk == fitting;
            chunk = fitting;
            foreach (var total in totals.Values)
            {
                total.IsComplete |= complete;
                if (!complete)
                {
                    total.Dispose();
                }
            }

            if (!complete)
            {
                totals.Clear();
            }

            foreach (var list in collected)
            {
                list.Clear();
            }
        }

        foreach (var total in totals.Values)
        {
            total.Dispose();
        }

        return [.. wanted.Select((value, k) => Assemble(value, collected[k]))];
    }

    private bool Pass(List<Parts?>[] collected)
    {
        var whole = true;
        for (long start = 0; start < count; start += chunk)
        {
            ChunkCount = Math.Min(chunk, count - start);
            try
            {
                Chunk(start);
                for (var k = 0; k < wanted.Count; ++k)
                {
                    collected[k].Add(Keep(live[wanted[k]]));
                }
            }
            catch (TotalPending)
            {
                whole = false;
                if (chunk != fitting)
                {
                    return false;
                }
            }
            finally
            {
                live.Clear();
                Release();
            }
        }

        return whole;
    }

    private void Chunk(long start)
    {
        left.Clear();
        foreach (var (value, number) in uses)
        {
            left.Add(value, number);
            if (value.Source >= 0)
            {
                var parts = sources[value.Source].Take(start, ChunkCount);
                Own(null, parts.Components);
                live[value] = parts;
            }
        }

        foreach (var node in plan)
        {
            Step(node);
            foreach (var argument in node.Inputs)
            {
                foreach (var input in argument)
                {
                    if (input.Tracked is { } used && --left[used] == 0)
                    {
                        Drop(used);
                    }
                }
            }

            foreach (var output in node.Outputs)
            {
                if (output is not null && !left.ContainsKey(output))
                {
                    Drop(output);
                }
            }
        }
    }

    private void Step(TapeNode node)
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<Parts?> split;
        if (node.Inputs.All(argument => argument.All(input => input.Tracked is null || live[input.Tracked] is null)))
        {
            split = new Parts?[node.Outputs.Length];
        }
        else
        {
            try
            {
                split = node.Split(new OperatorContext(node, this));
            }
            catch (Exception error) when (error is not TotalPending and not DecompositionException)
            {
                throw new DecompositionException($"Decomposition failed at {node}: {error.Message}", error);
            }
        }

        for (var k = 0; k < node.Outputs.Length; ++k)
        {
            if (node.Outputs[k] is not { } output)
            {
                continue;
            }

            var parts = k < split.Count ? split[k] : null;
            if (parts is not null)
            {
                // Only an input's own components are known to have a single entry each.
                parts = parts.FirstIndex is null ? parts : parts with { FirstIndex = null };
                Check(node, output, parts);
                Own(node, parts.Components);
                if (parts.Residual is not null)
                {
                    Own(node, parts.Residual);
                }
            }

            live[output] = parts;
        }
    }

    private void Check(TapeNode node, TrackedValue output, Parts parts)
    {
        long[] expected = [ChunkCount, .. output.Value.shape];
        if (!parts.Components.shape.SequenceEqual(expected))
        {
            throw new DecompositionException(
                $"The rule for {node} gave components of shape {Printing.Shape(parts.Components.shape)} for an output of shape " +
                $"{Printing.Shape(output.Value.shape)}; with {ChunkCount} components in front they must have shape {Printing.Shape(expected)}.");
        }

        if (parts.Residual is { } residual && !residual.shape.SequenceEqual(output.Value.shape))
        {
            throw new DecompositionException(
                $"The rule for {node} gave a residual of shape {Printing.Shape(residual.shape)} for an output of shape " +
                $"{Printing.Shape(output.Value.shape)}.");
        }
    }

    /// <summary>Takes a tensor over from the step that made it, unless it is a true value, a source's residual or kept by the step.</summary>
    private void Own(TapeNode? node, Tensor tensor)
    {
        if (foreign.Contains(tensor) || node?.Kept.ContainsValue(tensor) == true)
        {
            return;
        }

        owned[tensor] = owned.GetValueOrDefault(tensor) + 1;
        tensor.DetachFromDisposeScope();
    }

    private void Drop(TrackedValue value)
    {
        if (!live.Remove(value, out var parts) || parts is null)
        {
            return;
        }

        Disown(parts.Components);
        if (parts.Residual is not null)
        {
            Disown(parts.Residual);
        }
    }

    private void Disown(Tensor tensor)
    {
        if (!owned.TryGetValue(tensor, out var holders))
        {
            return;
        }

        if (holders > 1)
        {
            owned[tensor] = holders - 1;
        }
        else
        {
            owned.Remove(tensor);
            tensor.Dispose();
        }
    }

    private void Release()
    {
        foreach (var tensor in owned.Keys)
        {
            tensor.Dispose();
        }

        owned.Clear();
    }

    private Parts? Keep(Parts? parts)
    {
        if (parts is null)
        {
            return null;
        }

        return parts with { Components = parts.Components.alias(), Residual = parts.Residual?.alias() };
    }

    private Composition Assemble(TrackedValue value, List<Parts?> chunks)
    {
        long[] shape = [count, .. value.Value.shape];
        var own = value.Value.alias().DetachFromDisposeScope();
        if (chunks[0] is null)
        {
            var nothing = zeros(shape, value.Value.dtype, value.Value.device).DetachFromDisposeScope();
            return Composition.Computed(own, nothing, IsContextual ? null : own.alias().DetachFromDisposeScope(), IsContextual);
        }

        var components = chunks.Count == 1 ? chunks[0]!.Components : cat([.. chunks.Select(part => part!.Components)]);
        var residual = IsContextual || value.IsTokens ? null : chunks[0]!.Residual ?? value.Value - components.sum(0L);
        return Composition.Computed(
            own, components.DetachFromDisposeScope(), residual?.DetachFromDisposeScope(), IsContextual);
    }

    private static IReadOnlyList<TapeNode> Plan(IReadOnlyList<TrackedValue> wanted)
    {
        var needed = new SortedDictionary<int, TapeNode>();
        var open = new Stack<TrackedValue>(wanted);
        while (open.TryPop(out var value))
        {
            if (value.Producer is not { } node || !needed.TryAdd(node.Number, node))
            {
                continue;
            }

            foreach (var input in node.Inputs.SelectMany(argument => argument))
            {
                if (input.Tracked is not null)
                {
                    open.Push(input.Tracked);
                }
            }
        }

        return [.. needed.Values];
    }

    private sealed class TotalPending : Exception;

    private sealed class RunningTotal(bool largest) : IDisposable
    {
        private Tensor? sum;

        public bool IsComplete { get; set; }

        public Tensor Value => sum!;

        public void Add(Tensor terms)
        {
            var term = largest ? terms.amax([0L]) : terms.sum(0L);
            var next = sum is null ? term : largest ? maximum(sum, term) : sum + term;
            sum = next.DetachFromDisposeScope();
        }

        public void Dispose() => sum?.Dispose();
    }
}
