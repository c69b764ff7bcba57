using System.Collections;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>A tensor that components reach, as the model computed it.</summary>
internal sealed class TrackedValue(Tensor value, TapeNode? producer, int output)
{
    /// <summary>The true value; a copy of it once an in-place operator has overwritten the original.</summary>
    public Tensor Value { get; set; } = value;

    /// <summary>The step that produced it; null for an input of the model.</summary>
    public TapeNode? Producer { get; } = producer;

    /// <summary>The number of the step's output that it is.</summary>
    public int Output { get; } = output;

    /// <summary>For an input of the model, the number of its composition; otherwise -1.</summary>
    public int Source { get; init; } = -1;

    /// <summary>The values that share its memory; one list for all of them.</summary>
    public List<TrackedValue> Aliases { get; set; } = [];

    /// <summary>
    /// Whether an in-place operator changed the memory behind it, so that the tensor's current content was computed
    /// differently.
    /// </summary>
    public bool IsStale { get; set; }

    /// <summary>Whether it holds token ids.</summary>
    public bool IsTokens { get; } = !value.is_floating_point();

    /// <summary>Throws if the parts of the tensor's current content are not known.</summary>
    /// <param name="what">The start of the message: what needs the tensor and how.</param>
    public void ThrowIfStale(string what) => ThrowIf(IsStale, what);

    /// <summary>Throws if the parts of a tensor were not known at some time.</summary>
    /// <param name="stale">Whether they were not.</param>
    /// <param name="what">The start of the message: what needs the tensor and how.</param>
    public static void ThrowIf(bool stale, string what)
    {
        if (stale)
        {
            throw new DecompositionException(
                $"{what} a tensor whose memory was changed in place through another tensor; its parts are "
                    + "no longer known. Clone the tensor before the change, or treat the module as opaque."
            );
        }
    }
}

/// <summary>The output of a module's call.</summary>
/// <param name="Value">Its value; null if no component reaches it.</param>
/// <param name="WasStale">
/// Whether its memory had been changed through another tensor when the call ended. A later change does not matter,
/// because the value is copied before.
/// </param>
internal readonly record struct ModuleOutput(TrackedValue? Value, bool WasStale);

/// <summary>A tensor among a step's inputs: either tracked or constant.</summary>
internal readonly record struct TapeInput(TrackedValue? Tracked, Tensor? Constant);

/// <summary>The tensors of one argument.</summary>
internal sealed class TapeArgument(IReadOnlyList<TapeInput> inputs, bool isList) : IReadOnlyList<TapeInput>
{
    public static TapeArgument None { get; } = new([], false);

    public bool IsList => isList;

    public int Count => inputs.Count;

    public TapeInput this[int index] => inputs[index];

    public IEnumerator<TapeInput> GetEnumerator() => inputs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>One recorded step of the forward pass: an operator, or a module that has its own rule.</summary>
internal sealed class TapeNode : IDisposable
{
    public required int Number { get; init; }

    public Operation? Operation { get; init; }

    public required string Description { get; init; }

    public required IReadOnlyList<TapeArgument> Inputs { get; init; }

    public required DecompositionAlgorithm Algorithm { get; init; }

    public required Func<OperatorContext, IReadOnlyList<CompositionChunk?>> Split { get; init; }

    /// <summary>One entry per output: a tracked value if components may reach it, otherwise null.</summary>
    public TrackedValue?[] Outputs { get; set; } = [];

    public Tensor?[] Untracked { get; set; } = [];

    public Dictionary<string, Tensor> Kept { get; } = [];

    public IReadOnlyList<Tensor?> OutputValues => [.. Outputs.Select((tracked, k) => tracked?.Value ?? Untracked[k])];

    public TapeArgument? Find(string argument)
    {
        if (Operation is null)
        {
            return null;
        }

        var position = Operation.PositionOf(argument);
        return position < 0 ? null : Inputs[position];
    }

    public override string ToString() => Description;

    public void Dispose()
    {
        foreach (var kept in Kept.Values)
        {
            kept.Dispose();
        }

        Kept.Clear();
        Operation?.FreeArguments();
        foreach (var tensor in Untracked)
        {
            tensor?.Dispose();
        }
    }
}

/// <summary>The steps of one call of the model, in order, and which tensors components reach.</summary>
internal sealed class Tape : IDisposable
{
    private readonly Dictionary<nint, TrackedValue> _tracked = [];
    private readonly List<TapeNode> _nodes = [];
    private readonly List<Tensor> _held = [];

    public IReadOnlyList<TapeNode> Nodes => _nodes;

    /// <summary>
    /// The outputs of modules, by the module's path. For a module that was called several times, the last output.
    /// </summary>
    public Dictionary<string, ModuleOutput> ModuleOutputs { get; } = [];

    /// <summary>Gets the tracked value of a tensor, or null if no component reaches it.</summary>
    public TrackedValue? Find(Tensor tensor) => _tracked.GetValueOrDefault(OperatorInterception.IdentityOf(tensor));

    /// <summary>Starts tracking an input of the model.</summary>
    public void Start(Tensor input, int source)
    {
        var kept = Hold(input);
        _held.Add(kept);
        var value = new TrackedValue(kept, null, 0) { Source = source };
        value.Aliases.Add(value);
        Follow(kept, value);
    }

    /// <summary>
    /// Creates another handle of the same native tensor, so that its identity is not reused while the tape exists.
    /// </summary>
    public static Tensor Hold(Tensor tensor) =>
        ((Tensor)OperatorCall.InvokeByName("aten::resolve_neg", "", tensor)!).DetachFromDisposeScope();

    /// <summary>Keeps a tensor until the tape is disposed.</summary>
    public Tensor Own(Tensor tensor)
    {
        _held.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    public void Follow(Tensor identity, TrackedValue value) =>
        _tracked[OperatorInterception.IdentityOf(identity)] = value;

    /// <summary>Stops tracking a tensor: components no longer reach it.</summary>
    public void Forget(Tensor identity) => _tracked.Remove(OperatorInterception.IdentityOf(identity));

    public void Add(TapeNode node)
    {
        _nodes.Add(node);
        _held.AddRange(node.Outputs.OfType<TrackedValue>().Select(output => output.Value));
    }

    /// <summary>
    /// Copies a value's content before an in-place operator overwrites it, for this tensor and all that share its
    /// memory.
    /// </summary>
    public void Snapshot(TrackedValue changed)
    {
        foreach (var value in changed.Aliases)
        {
            value.Value = value.Value.clone().DetachFromDisposeScope();
            value.IsStale = true;
            _held.Add(value.Value);
        }
    }

    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Dispose();
        }

        foreach (var tensor in _held)
        {
            tensor.Dispose();
        }

        _held.Clear();
        _nodes.Clear();
        _tracked.Clear();
        ModuleOutputs.Clear();
    }
}
