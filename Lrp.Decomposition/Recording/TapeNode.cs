using System.Collections;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>A tensor among a step's inputs: either tracked or constant.</summary>
internal readonly record struct TapeInput(HeldValue Held)
{
    public TrackedValue? Tracked => Held as TrackedValue;

    public Tensor? Constant => Held is ConstantValue ? Held.Value : null;
}

/// <summary>The tensors of one argument.</summary>
internal sealed class TapeArgument(IReadOnlyList<TapeInput> inputs, bool isList) : IReadOnlyList<TapeInput>
{
    public static TapeArgument None { get; } = new([], false);

    public bool IsList => isList;

    public int Count => inputs.Count;

    public TapeInput this[int index] => inputs[index];

    public static TapeArgument Of(HeldValue value) => new([new TapeInput(value)], false);

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

    /// <summary>Which argument of a product or quotient is a gate, a constant for its parts; null for none.</summary>
    public string? Gate { get; init; }

    /// <summary>Whether the step only moves parts: it needs no values, and works where no input has parts.</summary>
    public bool IsMovement { get; init; }

    /// <summary>One entry per output: a tracked value if components may reach it, otherwise null.</summary>
    public TrackedValue?[] Outputs { get; set; } = [];

    /// <summary>One entry per output: a constant if components cannot reach it, otherwise null.</summary>
    public ConstantValue?[] Untracked { get; set; } = [];

    public Dictionary<string, Tensor> Kept { get; } = [];

    public IReadOnlyList<Tensor?> OutputValues =>
        [.. Outputs.Select((tracked, k) => tracked?.Value ?? Untracked[k]?.Value)];

    public TapeArgument? Find(string argument)
    {
        if (Operation is null)
        {
            return null;
        }

        var position = Operation.PositionOf(argument);
        return position < 0 ? null : Inputs[position];
    }

    /// <summary>Throws if a tensor that the step needs was changed where the record did not see it.</summary>
    public void ThrowIfChanged()
    {
        foreach (var held in Inputs.SelectMany(argument => argument).Select(input => input.Held))
        {
            if (held.IsNeeded)
            {
                held.ThrowIfChanged($"{Description} uses");
            }
        }

        foreach (var held in Outputs.Concat<HeldValue?>(Untracked))
        {
            if (held is { IsNeeded: true })
            {
                held.ThrowIfChanged($"{Description} returned");
            }
        }
    }

    /// <summary>Throws if the parts of an output do not have its shape.</summary>
    /// <param name="output">The output.</param>
    /// <param name="parts">What the step's rule gave for it.</param>
    /// <param name="count">The number of components in the chunk.</param>
    public void ThrowIfMisshaped(TrackedValue output, CompositionChunk parts, long count)
    {
        long[] expected = [count, .. output.Value.shape];
        if (!parts.Components.shape.SequenceEqual(expected))
        {
            throw new DecompositionException(
                $"The rule for {Description} gave components of shape {Printing.Shape(parts.Components.shape)} for an "
                    + $"output of shape {Printing.Shape(output.Value.shape)}; with {count} components they must "
                    + $"have shape {Printing.Shape(expected)}."
            );
        }

        if (parts.Residual is { } residual && !residual.shape.SequenceEqual(output.Value.shape))
        {
            throw new DecompositionException(
                $"The rule for {Description} gave a residual of shape {Printing.Shape(residual.shape)} for an "
                    + $"output of shape {Printing.Shape(output.Value.shape)}."
            );
        }
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
        foreach (var untracked in Untracked)
        {
            untracked?.Value.Dispose();
        }
    }
}
