using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>
/// A tensor that a record needs later. Before an operator overwrites its memory, its content is copied.
/// </summary>
internal abstract class HeldValue(Tensor value)
{
    private readonly List<(Operation Operation, int Position, int Index)> _places = [];
    private long? _version = OperatorInterception.VersionOf(value);

    /// <summary>The true value; a copy of it once an in-place operator has overwritten the original.</summary>
    public Tensor Value { get; private set; } = value;

    /// <summary>Whether a step needs the value itself, and not only the parts or the shape.</summary>
    public bool IsNeeded { get; set; }

    /// <summary>Notes that the value is an argument of an operator.</summary>
    public void PutInto(Operation operation, int position, int index) => _places.Add((operation, position, index));

    /// <summary>Copies the content, if a step needs it, because it is about to be overwritten.</summary>
    /// <returns>The copy, which the tape owns; null if none was made.</returns>
    public Tensor? Preserve()
    {
        if (!IsNeeded)
        {
            _version = null; // only its shape is used
            return null;
        }

        ThrowIfChanged("The model overwrites");
        Value = Value.detach().clone().DetachFromDisposeScope();
        _version = OperatorInterception.VersionOf(Value);
        foreach (var (operation, position, index) in _places)
        {
            operation.Replace(position, index, Value);
        }

        return Value;
    }

    /// <summary>Throws if the content was changed where the record did not see it.</summary>
    /// <param name="what">The start of the message: what needs the tensor and how.</param>
    public void ThrowIfChanged(string what)
    {
        if (_version is { } version && OperatorInterception.VersionOf(Value) != version)
        {
            throw Memory.Changed(what, Value);
        }
    }
}

/// <summary>A tensor that no component reaches, among the inputs or outputs of a step.</summary>
internal sealed class ConstantValue : HeldValue
{
    public ConstantValue(Tensor value)
        : base(value) => IsNeeded = true;
}

/// <summary>A tensor that components reach, as the model computed it.</summary>
internal sealed class TrackedValue(Tensor value, TapeNode? producer, int output) : HeldValue(value)
{
    /// <summary>The step that produced it; null for an input of the model.</summary>
    public TapeNode? Producer { get; } = producer;

    /// <summary>The number of the step's output that it is.</summary>
    public int Output { get; } = output;

    /// <summary>For an input of the model, the number of its composition; otherwise -1.</summary>
    public int Source { get; init; } = -1;

    /// <summary>Whether an in-place operator changed its memory, so that the tensor has other parts now.</summary>
    public bool IsPast { get; set; }

    /// <summary>Its memory; null if it has none.</summary>
    public Memory? Memory { get; set; }

    /// <summary>Whether it stands for a whole memory, of which only the parts and the size are known.</summary>
    public bool IsWholeMemory { get; init; }

    /// <summary>Whether it holds token ids.</summary>
    public bool IsTokens { get; } = !value.is_floating_point();
}

/// <summary>The output of a module's call.</summary>
/// <param name="Value">Its value; null if no component reaches it.</param>
/// <param name="Failure">Why its parts are not known; null if they are.</param>
internal readonly record struct ModuleOutput(TrackedValue? Value, DecompositionException? Failure);
