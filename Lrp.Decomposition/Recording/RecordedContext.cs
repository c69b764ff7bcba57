using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>The context of one recorded step, for one chunk of components.</summary>
internal sealed class RecordedContext(TapeNode node, Replay replay) : OperatorContext
{
    private int _totals;

    public override Operation Operation =>
        node.Operation ?? throw new InvalidOperationException($"{node} is a module, not an operator.");

    public override DecompositionAlgorithm Algorithm => node.Algorithm;

    public override long Count => replay.ChunkCount;

    public override bool IsContextual => replay.IsContextual;

    public override IReadOnlyList<Tensor?> Outputs => node.OutputValues;

    public override Decomposed First => Resolve(node.Inputs.First(input => input.Count == 1)[0]);

    private protected override bool UsesPartsAsReference => replay.UsesPartsAsReference;

    public override Decomposed Input(int position)
    {
        var found = node.Inputs[position];
        return found.Count == 1 && !found.IsList
            ? Resolve(found[0])
            : throw new ArgumentException($"Argument {position} of {node} is not a single tensor.", nameof(position));
    }

    public override Decomposed? Optional(string argument) =>
        node.Find(argument) is { Count: 1 } found ? Resolve(found[0]) : null;

    public override IReadOnlyList<Decomposed> List(string argument) =>
        node.Find(argument) is { } found
            ? [.. found.Select(Resolve)]
            : throw new ArgumentException($"{node} has no list of tensors '{argument}'.", nameof(argument));

    public override Tensor Total(Tensor terms) =>
        IsContextual ? terms : replay.Total(node, _totals++, terms, largest: false);

    public override Tensor Largest(Tensor terms) =>
        IsContextual ? terms : replay.Total(node, _totals++, terms, largest: true);

    public override Tensor Once(string key, Func<Tensor> make)
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

    public override string ToString() => node.ToString();

    internal override bool IsGate(string argument) => node.Gate == argument;

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
