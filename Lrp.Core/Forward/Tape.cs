using System.Collections;
using Lrp.Core.Functions;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>A tensor that components reach, as the model computed it.</summary>
internal sealed class TrackedValue(Tensor value, TapeNode? producer, int output)
{
    /// <summary>The true value; a copy from the moment an in-place operator overwrites the original.</summary>
    public Tensor Value { get; set; } = value;

    /// <summary>The step that made it; null for an input of the model.</summary>
    public TapeNode? Producer { get; } = producer;

    /// <summary>Which of the step's outputs it is.</summary>
    public int Output { get; } = output;

    /// <summary>The composition it starts from, for an input of the model: its number.</summary>
    public int Source { get; init; } = -1;

    /// <summary>Values that share memory share this.</summary>
    public List<TrackedValue> Aliases { get; set; } = [];

    /// <summary>An in-place operator changed the memory behind it: the tensor's present content has another history.</summary>
    public bool IsStale { get; set; }

    /// <summary>Whether it holds token numbers.</summary>
    public bool IsTokens { get; } = !value.is_floating_point();
}

/// <summary>A tensor among a step's inputs: tracked or constant.</summary>
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

/// <summary>One recorded step of the forward pass: an operator, or a module with a rule of its own.</summary>
internal sealed class TapeNode : IDisposable
{
    public required int Number { get; init; }

    public Operation? Operation { get; init; }

    public required string Description { get; init; }

    public required IReadOnlyList<TapeArgument> Inputs { get; init; }

    public required DecompositionAlgorithm Algorithm { get; init; }

    public required Func<OperatorContext, IReadOnlyList<Parts?>> Split { get; init; }

    public string RuleName { get; init; } = string.Empty;

    /// <summary>One entry an output: tracked where components may reach it.</summary>
    public TrackedValue?[] Outputs { get; set; } = [];

    public Tensor?[] Untracked { get; set; } = [];

    public Dictionary<string, Tensor> Kept { get; } = [];

    public IReadOnlyList<Tensor?> OutputValues =>
        [.. Outputs.Select((tracked, k) => tracked?.Value ?? Untracked[k])];

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
    }
}

/// <summary>The steps of one call of the model, in order, and which tensors components reach.</summary>
internal sealed class Tape : IDisposable
{
    private readonly Dictionary<nint, TrackedValue> tracked = [];
    private readonly List<TapeNode> nodes = [];
    private readonly List<Tensor> held = [];

    public IReadOnlyList<TapeNode> Nodes => nodes;

    /// <summary>What modules returned, by their path; of a module called several times, the last; null where no component reaches it.</summary>
    public Dictionary<string, TrackedValue?> ModuleOutputs { get; } = [];

    /// <summary>The value that a tensor is, if components reach it.</summary>
    public TrackedValue? Find(Tensor tensor) =>
        tracked.GetValueOrDefault(OperatorInterception.IdentityOf(tensor));

    /// <summary>Follows an input of the model.</summary>
    public void Start(Tensor input, int source)
    {
        var kept = Hold(input);
        held.Add(kept);
        var value = new TrackedValue(kept, null, 0) { Source = source };
        value.Aliases.Add(value);
        Follow(kept, value);
    }

    /// <summary>Another handle of the same native tensor, so that its identity stays taken while the tape lives.</summary>
    public static Tensor Hold(Tensor tensor) =>
        ((Tensor)OperatorCall.InvokeByName("aten::resolve_neg", "", tensor)!).DetachFromDisposeScope();

    public void Follow(Tensor identity, TrackedValue value) =>
        tracked[OperatorInterception.IdentityOf(identity)] = value;

    /// <summary>No component reaches the tensor any more.</summary>
    public void Forget(Tensor identity) => tracked.Remove(OperatorInterception.IdentityOf(identity));

    public void Add(TapeNode node)
    {
        nodes.Add(node);
        held.AddRange(node.Outputs.OfType<TrackedValue>().Select(output => output.Value));
    }

    /// <summary>Keeps a value's content before an in-place operator overwrites it, in this tensor and all that share its memory.</summary>
    public void Snapshot(TrackedValue changed)
    {
        foreach (var value in changed.Aliases)
        {
            value.Value = value.Value.clone().DetachFromDisposeScope();
            value.IsStale = true;
            held.Add(value.Value);
        }
    }

    public void Dispose()
    {
        foreach (var node in nodes)
        {
            node.Dispose();
        }

        foreach (var tensor in held)
        {
            tensor.Dispose();
        }

        held.Clear();
        nodes.Clear();
        tracked.Clear();
        ModuleOutputs.Clear();
    }
}
