using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>What a forward rule sees of one operator: its inputs with their parts, its true outputs, the algorithm in force.</summary>
public sealed partial class OperatorContext
{
    private readonly TapeNode node;
    private readonly Replay replay;
    private int totals;

    internal OperatorContext(TapeNode node, Replay replay)
    {
        this.node = node;
        this.replay = replay;
    }

    /// <summary>The operator, its arguments, and a way to run it on others.</summary>
    /// <exception cref="InvalidOperationException">A module's rule is at work, which has no operator.</exception>
    public Operation Operation => node.Operation ?? throw new InvalidOperationException($"{node} is a module, not an operator.");

    /// <summary>The algorithm in force where the operator ran.</summary>
    public DecompositionAlgorithm Algorithm => node.Algorithm;

    /// <summary>How many components this chunk has.</summary>
    public long Count => replay.ChunkCount;

    /// <summary>Whether each component stands against its own rest.</summary>
    public bool IsContextual => replay.IsContextual;

    /// <summary>The operator's true outputs, in order; null for outputs that are no tensor or undefined.</summary>
    public IReadOnlyList<Tensor?> Outputs => node.OutputValues;

    /// <summary>The operator's first output.</summary>
    public Tensor Output => node.OutputValues[0] ?? throw new InvalidOperationException($"{node} has no output.");

    /// <summary>The input at a position of the arguments.</summary>
    /// <param name="position">0 for the first argument.</param>
    /// <exception cref="ArgumentException">The argument is not a tensor.</exception>
    public Decomposed Input(int position)
    {
        var found = node.Inputs[position];
        return found.Count == 1 && !found.IsList
            ? Resolve(found[0])
            : throw new ArgumentException($"Argument {position} of {node} is not one tensor.", nameof(position));
    }

    /// <summary>The input of a name in the operator's schema.</summary>
    /// <param name="argument">For example <c>self</c>.</param>
    /// <exception cref="ArgumentException">The operator has no tensor of that name.</exception>
    public Decomposed Input(string argument) =>
        node.Find(argument) is { Count: 1 } found
            ? Resolve(found[0])
            : throw new ArgumentException($"{node} has no tensor argument '{argument}'.", nameof(argument));

    /// <summary>The first argument that is a tensor.</summary>
    public Decomposed First => Resolve(node.Inputs.First(input => input.Count == 1)[0]);

    /// <summary>An input that may be missing.</summary>
    /// <param name="argument">Its name in the operator's schema.</param>
    /// <returns>The input, or null where it is missing.</returns>
    public Decomposed? Optional(string argument) => node.Find(argument) is { Count: 1 } found ? Resolve(found[0]) : null;

    /// <summary>A list of tensors among the arguments.</summary>
    /// <param name="argument">Its name in the operator's schema.</param>
    public IReadOnlyList<Decomposed> List(string argument) =>
        node.Find(argument) is { } found
            ? [.. found.Select(Resolve)]
            : throw new ArgumentException($"{node} has no list of tensors '{argument}'.", nameof(argument));

    /// <summary>A constant tensor among the arguments.</summary>
    /// <param name="argument">Its name in the operator's schema.</param>
    /// <returns>The tensor, or null where it is missing.</returns>
    /// <exception cref="NotSupportedException">Components reach that argument.</exception>
    public Tensor? Constant(string argument)
    {
        if (Optional(argument) is not { } found)
        {
            return null;
        }

        return found.IsConstant ? found.Value : throw new NotSupportedException(
            $"Components reach the argument '{argument}' of {node}; decomposition takes it for a constant. " +
            "Give the operator a rule of its own, or treat it as opaque.");
    }

    /// <summary>The sum over all components of the whole composition, not only this chunk's.</summary>
    /// <param name="terms">One term a component, shape (k, *).</param>
    /// <returns>Shape (*); in a contextual composition, where each component is alone, <paramref name="terms"/> itself.</returns>
    public Tensor Total(Tensor terms) => IsContextual ? terms : replay.Total(node, totals++, terms, largest: false);

    /// <summary>The largest entry over all components of the whole composition.</summary>
    /// <param name="terms">One term a component, shape (k, *).</param>
    /// <returns>Shape (*); in a contextual composition <paramref name="terms"/> itself.</returns>
    public Tensor Largest(Tensor terms) => IsContextual ? terms : replay.Total(node, totals++, terms, largest: true);

    /// <summary>What no component answers for.</summary>
    /// <param name="input">A tensor with parts.</param>
    /// <returns>Shape (*); in a contextual composition each component's rest, shape (k, *).</returns>
    public Tensor Residual(Decomposed input)
    {
        var parts = input.Split;
        if (parts.Residual is not null)
        {
            return parts.Residual;
        }

        return input.Value - Total(parts.Components);
    }

    /// <summary>What the components sum to: x - r, or their sum itself where the parts are the reference.</summary>
    /// <param name="input">A tensor with parts.</param>
    /// <param name="residual">Its residual.</param>
    /// <returns>Shape (*); in a contextual composition each component itself, shape (k, *).</returns>
    public Tensor ComponentSum(Decomposed input, Tensor residual) =>
        IsContextual || replay.UsesPartsAsReference ? Total(input.Split.Components) : input.Value - residual;

    /// <summary>Something worked out once for the operator and kept for the other chunks.</summary>
    /// <param name="key">A name for it.</param>
    /// <param name="make">Works it out.</param>
    public Tensor Once(string key, Func<Tensor> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        if (!node.Kept.TryGetValue(key, out var kept))
        {
            using var off = no_grad();
            kept = make().DetachFromDisposeScope();
            node.Kept.Add(key, kept);
        }

        return kept;
    }

    /// <summary>The true outputs of the operator as values of decomposed tensors.</summary>
    internal string Describe() => node.ToString();

    private Decomposed Resolve(TapeInput input)
    {
        if (input.Tracked is null)
        {
            return new Decomposed(input.Constant!, null);
        }

        var parts = replay.PartsOf(input.Tracked);
        var value = input.Tracked.Value;
        if (parts is { Residual: not null } && replay.UsesPartsAsReference && !input.Tracked.IsTokens)
        {
            value = parts.Residual + Total(parts.Components);
        }

        return new Decomposed(value, parts);
    }
}
