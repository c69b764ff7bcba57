using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>The steps of one call of the model, in order, and which tensors components reach.</summary>
internal sealed class Tape : IDisposable
{
    private readonly Dictionary<nint, TrackedValue> _tracked = [];
    private readonly List<TapeNode> _nodes = [];
    private readonly List<Tensor> _held = [];
    private readonly Memories _memories;

    /// <summary>Creates an empty tape.</summary>
    /// <param name="algorithm">What steps are noted under that belong to no module.</param>
    public Tape(DecompositionAlgorithm algorithm) => _memories = new Memories(this, algorithm);

    public IReadOnlyList<TapeNode> Nodes => _nodes;

    /// <summary>
    /// The outputs of modules, by the module's path. For a module that was called several times, the last output.
    /// </summary>
    public Dictionary<string, ModuleOutput> ModuleOutputs { get; } = [];

    /// <summary>The compositions that were computed so far.</summary>
    public Dictionary<TrackedValue, Composition> Compositions { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether components may reach a tensor.</summary>
    public bool Reaches(Tensor tensor) => Current(tensor) is not null || _memories.Written(tensor) is not null;

    /// <summary>Gets the tracked value of a tensor, or null if no component reaches it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="what">The start of a message: what needs the tensor and how.</param>
    /// <exception cref="DecompositionException">Components reach it, but its parts are not known.</exception>
    public TrackedValue? Find(Tensor tensor, string what)
    {
        if (Current(tensor) is { } value)
        {
            value.Memory?.ThrowIfUnknown(tensor, what);
            return value;
        }

        return _memories.Written(tensor) is { } memory ? _memories.Read(memory, tensor, what) : null;
    }

    /// <summary>
    /// Whether components reach a tensor only because its memory was written into, so that its parts are looked up
    /// where they are used.
    /// </summary>
    public bool IsReadFromMemory(Tensor tensor) => Current(tensor) is null && _memories.Written(tensor) is not null;

    /// <summary>Starts tracking an input of the model.</summary>
    public void Start(Tensor input, int source)
    {
        var kept = Own(Hold(input));
        Follow(kept, new TrackedValue(kept, null, 0) { Source = source, IsNeeded = true }, isWritten: true);
    }

    /// <summary>
    /// Creates another handle of the same native tensor, so that its identity is not reused while the tape exists.
    /// </summary>
    public static Tensor Hold(Tensor tensor) => TensorState.Share(tensor);

    /// <summary>Keeps a tensor until the tape is disposed.</summary>
    public Tensor Own(Tensor tensor)
    {
        _held.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    /// <summary>Tracks a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="value">Its value from now on.</param>
    /// <param name="isWritten">Whether what shares its memory has new parts too.</param>
    public void Follow(Tensor tensor, TrackedValue value, bool isWritten)
    {
        Identify(tensor, value);
        _memories.Add(tensor, value, isWritten);
    }

    /// <summary>Notes that a tensor is a value, whose memory is known already.</summary>
    public void Identify(Tensor tensor, TrackedValue value) =>
        _tracked[OperatorInterception.IdentityOf(tensor)] = value;

    /// <summary>Notes a tensor that no component reaches and that a step needs.</summary>
    public ConstantValue Constant(Tensor tensor)
    {
        var value = new ConstantValue(tensor);
        _memories.Add(tensor, value);
        return value;
    }

    /// <summary>What a step takes: a tracked value, or a constant that no component reaches.</summary>
    /// <exception cref="DecompositionException">Components reach it, but its parts are not known.</exception>
    public HeldValue Input(Tensor tensor, string what) => Find(tensor, what) ?? (HeldValue)Constant(tensor);

    /// <summary>Stops tracking a tensor: components no longer reach it.</summary>
    public void Forget(Tensor identity) => _tracked.Remove(OperatorInterception.IdentityOf(identity));

    public void Add(TapeNode node)
    {
        _nodes.Add(node);
        _held.AddRange(node.Outputs.OfType<TrackedValue>().Select(output => output.Value));
    }

    /// <summary>Adds a step, and tracks what it returned.</summary>
    /// <param name="node">The step.</param>
    /// <param name="outputs">What it returned.</param>
    /// <param name="areNeeded">Whether its values are needed beside their parts.</param>
    /// <param name="areWritten">Whether what shares memory with an output has new parts too.</param>
    public void Add(TapeNode node, IReadOnlyList<Tensor?> outputs, bool areNeeded, bool areWritten)
    {
        var tokens = node.Inputs.SelectMany(argument => argument).Any(input => input.Tracked is { IsTokens: true });
        node.Outputs = new TrackedValue?[outputs.Count];
        node.Untracked = new ConstantValue?[outputs.Count];
        for (var k = 0; k < outputs.Count; k++)
        {
            if (outputs[k] is not { } tensor)
            {
                continue;
            }

            tensor.DetachFromDisposeScope();
            if (!tensor.is_floating_point() && !tokens)
            {
                node.Untracked[k] = Constant(tensor);
                Forget(tensor);
                continue;
            }

            var value = new TrackedValue(tensor, node, k) { IsNeeded = areNeeded };
            node.Outputs[k] = value;
            Follow(tensor, value, areWritten);
        }

        Add(node);
    }

    /// <summary>The steps from which some values were computed, in order.</summary>
    public static IReadOnlyList<TapeNode> StepsTo(IReadOnlyList<TrackedValue> wanted)
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

    /// <summary>Prepares for an operator that writes into a tensor and that is recorded.</summary>
    /// <param name="target">The tensor.</param>
    /// <param name="what">The start of a message: what writes.</param>
    public void BeforeWrite(Tensor target, string what) => _memories.Prepare(target, what);

    /// <summary>Prepares for an operator that writes into a tensor and that is not recorded.</summary>
    /// <param name="target">The tensor.</param>
    /// <param name="where">What changes it, for messages.</param>
    public void BeforeUnrecordedWrite(Tensor target, Func<string> where) => _memories.Lose(target, where);

    public void Dispose()
    {
        foreach (var composition in Compositions.Values)
        {
            composition.Dispose();
        }

        foreach (var node in _nodes)
        {
            node.Dispose();
        }

        foreach (var tensor in _held)
        {
            tensor.Dispose();
        }

        Compositions.Clear();
        _held.Clear();
        _nodes.Clear();
        _tracked.Clear();
        ModuleOutputs.Clear();
    }

    private TrackedValue? Current(Tensor tensor) =>
        _tracked.TryGetValue(OperatorInterception.IdentityOf(tensor), out var value) && !value.IsPast ? value : null;
}
