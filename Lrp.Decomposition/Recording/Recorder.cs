using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using Lrp.Decomposition.Operators;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>
/// Records the operators of one call of the model that components reach. Nothing is decomposed while the model runs, so
/// the forward pass is not changed.
/// </summary>
internal sealed class Recorder(DecompositionPlan plan, Tape tape) : IDisposable
{
    private readonly ForwardLineage _lineage = new() { OnlyNoted = true };

    /// <summary>The modules that are under way.</summary>
    public ModuleFrames Modules { get; } = new(plan, tape);

    /// <summary>Forgets what tensors were computed from; the call is over.</summary>
    public void Dispose() => _lineage.Dispose();

    /// <summary>Called for every operator.</summary>
    public object? Handle(OperatorCall call)
    {
        if (Modules.Opaque is not null)
        {
            NoteWrites(call);
            return OperatorCall.LetThrough;
        }

        var name = Operation.NameOf(call);
        var frame = Modules.Current;
        if (!Reached(call))
        {
            if (Written(call).Any(tape.Reaches))
            {
                return Record(call, name, new ConstantOperator(), frame, null); // a constant over what was there
            }

            NoteWrites(call);
            return OperatorCall.LetThrough;
        }

        plan.Operators.TryGetValue(name, out var entry);
        var own = entry as OperatorRule ?? frame.Operators;
        var rule = own ?? OperatorRules.Find(name);
        if (rule is null)
        {
            return Unknown(call, name, frame);
        }

        if (rule is ConstantOperator && !call.IsInPlace)
        {
            NoteWrites(call);
            return OperatorCall.LetThrough;
        }

        var isView = own is null && rule.IsView && !call.IsInPlace;
        return isView && IsReadFromMemory(call)
            ? View(call, () => Record(call, name, rule, frame, entry as DecompositionAlgorithm))
            : Record(call, name, rule, frame, entry as DecompositionAlgorithm);
    }

    /// <summary>Before an operator that is not recorded: what it overwrites is preserved.</summary>
    private void NoteWrites(OperatorCall call)
    {
        foreach (var target in Written(call))
        {
            tape.BeforeUnrecordedWrite(
                target,
                () =>
                    Modules.Opaque is { } opaque
                        ? $"{call.FullName} inside module '{opaque}', which has a rule as a whole,"
                        : call.FullName
            );
        }
    }

    /// <summary>The tensors that an operator overwrites.</summary>
    private static IEnumerable<Tensor> Written(OperatorCall call) =>
        call
            .Arguments.Where((_, position) => IsOutput(call, position) || (call.IsInPlace && position == 0))
            .OfType<Tensor>();

    /// <summary>Whether an argument is a tensor that the result is written into, and nothing else.</summary>
    private static bool IsOutput(OperatorCall call, int position) =>
        call.Overload.EndsWith("out", StringComparison.Ordinal)
        && call.ArgumentNames[position].StartsWith("out", StringComparison.Ordinal)
        && call.Arguments[position] is Tensor;

    /// <summary>
    /// Whether components reach an operator's arguments only through memory that was written into. A view of it needs
    /// no step: its parts are read from the memory where it is used.
    /// </summary>
    private bool IsReadFromMemory(OperatorCall call) =>
        call
            .Arguments.SelectMany(argument => Operation.Tensors(argument))
            .All(tensor => tensor is null || !tape.Reaches(tensor) || tape.IsReadFromMemory(tensor));

    private static object? View(OperatorCall call, Func<object?> record)
    {
        if (call.Arguments[0] is not Tensor self)
        {
            return record();
        }

        var result = call.Invoke();
        var address = TensorState.Of(self).Storage;
        return Operation.Tensors(result).All(output => output is not null && TensorState.Of(output).Storage == address)
            ? result
            : record();
    }

    private object? Record(
        OperatorCall call,
        string name,
        OperatorRule rule,
        ModuleFrame frame,
        DecompositionAlgorithm? algorithm
    )
    {
        var operation = new Operation(call) { Module = frame.Path };
        var arguments = call
            .Arguments.Select(
                (argument, position) =>
                    IsOutput(call, position) || (call.IsInPlace && position == 0 && OperatorRules.Replaces(name))
                        ? TapeArgument.None
                        : Argument(argument, position, operation, rule)
            )
            .ToArray();
        foreach (var written in Written(call))
        {
            tape.BeforeWrite(written, $"{operation} writes");
        }

        var facts = FactsOf(call);
        var result = call.Invoke();
        _lineage.Note(call, facts, result);
        var tensors = Operation.Tensors(result);
        var node = new TapeNode
        {
            Number = tape.Nodes.Count,
            Operation = operation,
            Description = operation.ToString(),
            Inputs = arguments,
            Algorithm = algorithm ?? frame.Algorithm,
            Split = rule.Split,
            Gate = GateIn(name, operation, facts),
        };
        tape.Add(node, tensors, areNeeded: !rule.IsView, areWritten: Written(call).Any());
        return result;
    }

    /// <summary>What is known about the tensors that components reach; about a new one that it is there.</summary>
    private List<TensorFact?> FactsOf(OperatorCall call)
    {
        foreach (var tensor in call.Arguments.SelectMany(argument => Operation.Tensors(argument)).OfType<Tensor>())
        {
            if (tape.Reaches(tensor) && _lineage.Find(tensor) is null)
            {
                _lineage.Begin(tensor);
            }
        }

        return _lineage.OperandsOf(call);
    }

    /// <summary>Which of two operands that components reach is a gate.</summary>
    private static string? GateIn(string name, Operation operation, List<TensorFact?> facts)
    {
        var isQuotient = name is "div" or "divide" or "true_divide";
        if (
            !(isQuotient || name is "mul" or "multiply")
            || operation["rounding_mode"] is not null
            || facts is not [{ } self, { } other]
        )
        {
            return null;
        }

        return Gates.IsGate(self, other, isQuotient) ? "other"
            : !isQuotient && Gates.IsGate(other, self, isQuotient: false) ? "self"
            : null;
    }

    private object? Unknown(OperatorCall call, string name, ModuleFrame frame)
    {
        if (call.IsComposite)
        {
            return call.Decompose();
        }

        var result = call.Invoke();
        var tensors = Operation.Tensors(result);
        var tokens = call
            .Arguments.OfType<Tensor>()
            .Any(argument => tape.Reaches(argument) && !argument.is_floating_point());
        if (
            tensors.Any(tensor =>
                tensor is not null && (tensor.is_floating_point() || (tokens && tensor.dtype != ScalarType.Bool))
            )
        )
        {
            var where = frame.Path.Length == 0 ? "the model itself" : $"module '{frame.Path}'";
            throw new DecompositionException(
                $"There is no decomposition rule for the operator aten::{name} in {where}. Give it one "
                    + $"(an entry for the operator with an {nameof(OperatorRule)}, in the composite), or treat it "
                    + "as opaque (an entry with "
                    + $"{nameof(OpaqueOperator)}, or {nameof(OpaqueModule)} for the module): its result then goes "
                    + "to the residual."
            );
        }

        return result;
    }

    private bool Reached(OperatorCall call)
    {
        for (var position = 0; position < call.Arguments.Count; position++)
        {
            switch (call.Arguments[position])
            {
                case Tensor tensor when tape.Reaches(tensor) && !IsOutput(call, position):
                    return true;
                case Tensor?[] list when list.Any(entry => entry is not null && tape.Reaches(entry)):
                    return true;
            }
        }

        return false;
    }

    private TapeArgument Argument(object? argument, int position, Operation operation, OperatorRule rule)
    {
        switch (argument)
        {
            case Tensor tensor:
                return TapeArgument.Of(Noted(tensor, position, 0));
            case Tensor?[] list:
                return new TapeArgument(
                    [
                        .. list.Select((tensor, k) => tensor is null ? null : Noted(tensor, position, k))
                            .OfType<HeldValue>()
                            .Select(value => new TapeInput(value)),
                    ],
                    true
                );
            default:
                return TapeArgument.None;
        }

        HeldValue Noted(Tensor tensor, int place, int index)
        {
            var value = tape.Input(tensor, $"{operation} uses");
            value.IsNeeded |= !rule.IsView;
            value.PutInto(operation, place, index);
            return value;
        }
    }
}
