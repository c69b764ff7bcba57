using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Decomposition.Operators;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>
/// Records the operators of one call of the model that components reach. Nothing is decomposed while the model runs, so
/// the forward pass is not changed.
/// </summary>
internal sealed class Recorder(DecompositionPlan plan, Tape tape)
{
    private readonly Stack<Frame> _frames = new();
    private int _opaque;

    private sealed record Frame(
        string Path,
        DecompositionAlgorithm Algorithm,
        OperatorRule? Operators,
        ModuleDecomposition? Whole
    );

    /// <summary>Whether no module is under way.</summary>
    public bool IsOutside => _frames.Count == 0;

    /// <summary>Called before a module's forward.</summary>
    public void Enter(string path, nn.Module module)
    {
        var algorithm = _frames.TryPeek(out var outer) ? outer.Algorithm : plan.Algorithm;
        plan.Modules.TryGetValue(module, out var rule);
        var whole = rule as ModuleDecomposition ?? (rule is OpaqueOperator ? new OpaqueModule() : null);
        _frames.Push(
            new Frame(
                path,
                rule as DecompositionAlgorithm ?? algorithm,
                whole is null ? rule as OperatorRule : null,
                whole
            )
        );
        if (whole is not null)
        {
            _opaque++;
        }
    }

    /// <summary>Called after a module's forward.</summary>
    public void Leave(nn.Module module, object?[] inputs, object? output)
    {
        var frame = _frames.Pop();
        if (frame.Whole is not null && --_opaque == 0)
        {
            RecordModule(frame, module, inputs, output);
        }

        var first = TensorArguments.In(output).FirstOrDefault();
        var value = first is null ? null : tape.Find(first);
        tape.ModuleOutputs[frame.Path] = new ModuleOutput(value, value is { IsStale: true });
    }

    /// <summary>Called for every operator.</summary>
    public object? Handle(OperatorCall call)
    {
        if (_opaque > 0 || !Reached(call))
        {
            return OperatorCall.LetThrough;
        }

        var name = Operation.NameOf(call);
        var frame = _frames.TryPeek(out var top) ? top : new Frame(string.Empty, plan.Algorithm, null, null);
        plan.Operators.TryGetValue(name, out var entry);
        var rule = entry as OperatorRule ?? frame.Operators ?? OperatorRules.Find(name);
        if (rule is null)
        {
            return Unknown(call, name, frame);
        }

        var inPlace = call.IsInPlace;
        if (rule is ConstantOperator && !inPlace)
        {
            return OperatorCall.LetThrough;
        }

        return Record(call, name, rule, entry as DecompositionAlgorithm ?? frame.Algorithm, frame.Path, inPlace);
    }

    private object? Record(
        OperatorCall call,
        string name,
        OperatorRule rule,
        DecompositionAlgorithm algorithm,
        string path,
        bool inPlace
    )
    {
        var operation = new Operation(call) { Module = path };
        var arguments = call
            .Arguments.Select((argument, position) => Argument(argument, position, operation))
            .ToArray();
        TrackedValue? changed = null;
        if (inPlace && call.Arguments[0] is Tensor target)
        {
            changed = tape.Find(target);
            if (changed is null && OperatorRules.WritesInto(name))
            {
                throw new DecompositionException(
                    $"{operation} writes components in place into a tensor that had none; tensors that share its "
                        + "memory cannot be followed. "
                        + "Build the tensor with cat or stack, or treat the module as opaque."
                );
            }

            if (changed is null)
            {
                var before = tape.Own(target.clone());
                arguments[0] = new TapeArgument([new TapeInput(null, before)], false);
            }
            else
            {
                tape.Snapshot(changed);
            }
        }

        var result = call.Invoke();
        var tensors = Operation.Tensors(result);
        var node = new TapeNode
        {
            Number = tape.Nodes.Count,
            Operation = operation,
            Description = operation.ToString(),
            Inputs = arguments,
            Algorithm = algorithm,
            Split = rule.Split,
        };
        Output(node, tensors, arguments, rule.IsView);
        return result;
    }

    private void Output(TapeNode node, IReadOnlyList<Tensor?> tensors, IReadOnlyList<TapeArgument> arguments, bool view)
    {
        var tokens = arguments.SelectMany(argument => argument).Any(input => input.Tracked is { IsTokens: true });
        node.Outputs = new TrackedValue?[tensors.Count];
        node.Untracked = new Tensor?[tensors.Count];
        for (var k = 0; k < tensors.Count; k++)
        {
            if (tensors[k] is not { } tensor)
            {
                continue;
            }

            tensor.DetachFromDisposeScope();
            if (!tensor.is_floating_point() && !tokens)
            {
                node.Untracked[k] = tensor;
                tape.Forget(tensor);
                continue;
            }

            var value = new TrackedValue(tensor, node, k);
            var shared = view
                ? arguments.SelectMany(argument => argument).FirstOrDefault(input => input.Tracked is not null).Tracked
                : null;
            value.Aliases = shared?.Aliases ?? [];
            value.Aliases.Add(value);
            node.Outputs[k] = value;
            tape.Follow(tensor, value);
        }

        tape.Add(node);
    }

    private void RecordModule(Frame frame, nn.Module module, object?[] inputs, object? output)
    {
        var arguments = inputs
            .SelectMany(TensorArguments.In)
            .Select(tensor => new TapeArgument([Input(tensor, frame.Path)], false))
            .ToArray();
        if (!arguments.Any(argument => argument[0].Tracked is not null))
        {
            return;
        }

        var node = new TapeNode
        {
            Number = tape.Nodes.Count,
            Description = $"module '{frame.Path}' ({module.GetType().Name})",
            Inputs = arguments,
            Algorithm = frame.Algorithm,
            Split = context => frame.Whole!.Split(module, context),
        };
        Output(node, [.. TensorArguments.In(output).Select(Tape.Hold)], arguments, false);
    }

    private object? Unknown(OperatorCall call, string name, Frame frame)
    {
        if (call.IsComposite)
        {
            return call.Decompose();
        }

        var result = call.Invoke();
        var tensors = Operation.Tensors(result);
        var tokens = call.Arguments.OfType<Tensor>().Any(argument => tape.Find(argument) is { IsTokens: true });
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
        foreach (var argument in call.Arguments)
        {
            switch (argument)
            {
                case Tensor tensor when tape.Find(tensor) is not null:
                    return true;
                case Tensor?[] list when list.Any(entry => entry is not null && tape.Find(entry) is not null):
                    return true;
            }
        }

        return false;
    }

    private TapeArgument Argument(object? argument, int position, Operation operation) =>
        argument switch
        {
            Tensor tensor => new TapeArgument([Input(tensor, operation.ToString())], false),
            Tensor?[] list => new TapeArgument(
                [.. list.OfType<Tensor>().Select(tensor => Input(tensor, operation.ToString()))],
                true
            ),
            _ => TapeArgument.None,
        };

    private TapeInput Input(Tensor tensor, string where)
    {
        if (tape.Find(tensor) is not { } value)
        {
            return new TapeInput(null, tensor);
        }

        value.ThrowIfStale($"{where} uses");
        return new TapeInput(value, null);
    }
}
