using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>
/// The memory of the tensors on a tape. It tells which tensors an operator that works in place changes, and records how
/// the parts of a tensor follow from what was written into its memory.
/// </summary>
internal sealed class Memories(Tape tape, DecompositionAlgorithm algorithm)
{
    private readonly Dictionary<nint, Memory> _known = [];
    private readonly Dictionary<nint, List<ConstantValue>> _constants = [];
    private bool _anyWritten;

    /// <summary>The memory of a tensor if it was written into and components reach it; otherwise null.</summary>
    public Memory? Written(Tensor tensor) =>
        _anyWritten && _known.GetValueOrDefault(TensorState.Of(tensor).Storage) is { IsWritten: true } memory
            ? memory
            : null;

    /// <summary>Notes where a tracked value has its content.</summary>
    public void Add(Tensor tensor, TrackedValue value, bool isWritten)
    {
        var address = TensorState.Of(tensor).Storage;
        if (address == 0)
        {
            return;
        }

        if (!_known.TryGetValue(address, out var memory))
        {
            _known[address] = memory = new Memory(tensor);
            memory.Write(value, Layout.Of(tensor));
        }
        else if (isWritten || memory.IsLost)
        {
            memory.Write(value, Layout.Of(tensor));
            memory.Change(tensor);
            _anyWritten = true;
        }

        memory.Hold(value);
        value.Memory = memory;
    }

    /// <summary>Notes where a constant has its content.</summary>
    public void Add(Tensor tensor, ConstantValue value)
    {
        var address = TensorState.Of(tensor).Storage;
        if (address == 0)
        {
            return;
        }

        if (!_constants.TryGetValue(address, out var constants))
        {
            _constants[address] = constants = [];
        }

        constants.Add(value);
    }

    /// <summary>Before a recorded write: copies what steps need of the memory.</summary>
    public void Prepare(Tensor target, string what)
    {
        var address = TensorState.Of(target).Storage;
        if (address == 0)
        {
            return;
        }

        var layout = Layout.Of(target);
        Memory.ThrowIfOverlapping(layout, target, what);
        if (!_known.TryGetValue(address, out var memory))
        {
            tape.Own(Tape.Hold(target)); // the address stays taken
            _known[address] = memory = new Memory(target);
        }

        if (!memory.IsComplete && !layout.Covers(memory.Entries))
        {
            using var off = no_grad();
            var whole = tape.Own(target.detach().as_strided([memory.Entries], [1], 0).clone());
            memory.Fill(new ConstantValue(whole), Layout.Whole(memory.Entries));
        }

        Preserve(address, memory);
    }

    /// <summary>Before a write that is not recorded.</summary>
    public void Lose(Tensor target, Func<string> where)
    {
        var address = TensorState.Of(target).Storage;
        var memory = _known.GetValueOrDefault(address);
        Preserve(address, memory);
        if (memory is not null)
        {
            memory.Lose(where());
            _anyWritten = true;
        }
    }

    /// <summary>Records that a tensor is read from memory that was written into through other tensors.</summary>
    public TrackedValue Read(Memory memory, Tensor tensor, string what)
    {
        memory.ThrowIfUnknown(tensor, what);
        var layout = Layout.Of(tensor);
        var kept = tape.Own(Tape.Hold(tensor));
        if (memory.Writes[^1] is { Value: TrackedValue last } write && write.Layout.Is(layout))
        {
            tape.Identify(kept, last);
            return last;
        }

        var whole = Whole(memory);
        var node = Step(
            "memory that was written in place, read through a view",
            [TapeArgument.Of(whole)],
            context => [context.Input(0).Split.Map(layout.Read)]
        );
        var value = new TrackedValue(kept, node, 0);
        node.Outputs = [value];
        tape.Add(node);
        tape.Follow(kept, value, isWritten: false);
        return value;
    }

    /// <summary>The parts of a whole memory, in its order.</summary>
    private TrackedValue Whole(Memory memory)
    {
        if (memory.Writes is [{ Value: TrackedValue { IsWholeMemory: true } single }])
        {
            return single;
        }

        var writes = memory.Writes.ToList();
        var node = Step(
            "memory that was written in place",
            [.. writes.Select(write => TapeArgument.Of(write.Value))],
            context => [Assembled(context, [.. writes.Select(write => write.Layout)], memory.Entries)]
        );
        // Only its shape is used.
        var some = writes[0].Value.Value;
        var shape = empty(1, some.dtype, some.device).expand(memory.Entries).DetachFromDisposeScope();
        var whole = new TrackedValue(shape, node, 0) { IsWholeMemory = true };
        node.Outputs = [whole];
        tape.Add(node);
        memory.Replace(whole, Layout.Whole(memory.Entries));
        return whole;
    }

    private TapeNode Step(
        string description,
        IReadOnlyList<TapeArgument> inputs,
        Func<OperatorContext, IReadOnlyList<CompositionChunk?>> split
    ) =>
        new()
        {
            Number = tape.Nodes.Count,
            Description = description,
            Inputs = inputs,
            Algorithm = algorithm,
            Split = split,
            IsMovement = true,
        };

    private static CompositionChunk Assembled(OperatorContext context, Layout[] layouts, long entries)
    {
        CompositionChunk? whole = null;
        for (var k = 0; k < layouts.Length; k++)
        {
            var input = context.Input(k);
            var parts = input.Chunk ?? Nothing(context, input.Value);
            whole ??= parts.Map(
                c => zeros([c.shape[0], entries], c.dtype, c.device),
                r => zeros([entries], r.dtype, r.device)
            );
            var residual =
                whole.Residual is null || parts.Residual is null
                    ? null
                    : layouts[k].Write(whole.Residual, parts.Residual);
            whole = new CompositionChunk(
                layouts[k].Write(whole.Components, parts.Components),
                residual,
                context.IsContextual
            );
        }

        return whole!;
    }

    private static CompositionChunk Nothing(OperatorContext context, Tensor value) =>
        value.is_floating_point()
            ? context.Opaque(value)
            : new CompositionChunk(
                zeros([context.Count, .. value.shape], ScalarType.Bool, value.device),
                null,
                context.IsContextual
            );

    private void Preserve(nint address, Memory? memory)
    {
        foreach (var value in memory?.Release() ?? [])
        {
            Preserve(value);
            value.IsPast = true;
        }

        if (_constants.Remove(address, out var constants))
        {
            constants.ForEach(Preserve);
        }
    }

    private void Preserve(HeldValue value)
    {
        if (value.Preserve() is { } copy)
        {
            tape.Own(copy);
        }
    }
}
