using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>A module that is under way, and how what runs in it is split.</summary>
/// <param name="Path">Its path; empty for the model itself.</param>
/// <param name="Algorithm">The algorithm of its operators.</param>
/// <param name="Operators">The rule of all its operators; null for that of each.</param>
/// <param name="Whole">The rule that splits the module as a whole; null for none.</param>
/// <param name="Inputs">What the module as a whole was given.</param>
internal sealed record ModuleFrame(
    string Path,
    DecompositionAlgorithm Algorithm,
    OperatorRule? Operators,
    ModuleDecomposition? Whole,
    IReadOnlyList<TapeArgument> Inputs
);

/// <summary>The modules of a call that are under way. One that has a rule as a whole becomes a step.</summary>
internal sealed class ModuleFrames(DecompositionPlan plan, Tape tape)
{
    private readonly Stack<ModuleFrame> _frames = new();
    private int _opaque;

    /// <summary>Whether no module is under way.</summary>
    public bool IsEmpty => _frames.Count == 0;

    /// <summary>The innermost module.</summary>
    public ModuleFrame Current =>
        _frames.TryPeek(out var top) ? top : new ModuleFrame(string.Empty, plan.Algorithm, null, null, []);

    /// <summary>The outermost module that has a rule as a whole, in which nothing is recorded; null for none.</summary>
    public string? Opaque => _opaque > 0 ? _frames.Last(frame => frame.Whole is not null).Path : null;

    /// <summary>Called before a module's forward.</summary>
    public void Enter(string path, nn.Module module, object?[] inputs)
    {
        plan.Modules.TryGetValue(module, out var rule);
        var whole = rule as ModuleDecomposition ?? (rule is OpaqueOperator ? new OpaqueModule() : null);
        _frames.Push(
            new ModuleFrame(
                path,
                rule as DecompositionAlgorithm ?? Current.Algorithm,
                whole is null ? rule as OperatorRule : null,
                whole,
                whole is null || _opaque > 0 ? [] : [.. inputs.SelectMany(TensorArguments.In).Select(Given)]
            )
        );
        if (whole is not null)
        {
            _opaque++;
        }

        TapeArgument Given(Tensor tensor)
        {
            var value = tape.Input(tape.Own(Tape.Hold(tensor)), $"Module '{path}' uses");
            value.IsNeeded = true;
            return TapeArgument.Of(value);
        }
    }

    /// <summary>Called after a module's forward.</summary>
    public void Leave(nn.Module module, object? output)
    {
        var frame = _frames.Pop();
        if (frame.Whole is not null && --_opaque == 0)
        {
            Record(frame, module, output);
        }

        tape.ModuleOutputs[frame.Path] = OutputOf(frame.Path, TensorArguments.In(output).FirstOrDefault());
    }

    private ModuleOutput OutputOf(string path, Tensor? output)
    {
        try
        {
            var value = output is null ? null : tape.Find(output, $"Module '{path}' returned");
            if (value is not null)
            {
                value.IsNeeded = true;
            }

            return new ModuleOutput(value, null);
        }
        catch (DecompositionException failure)
        {
            return new ModuleOutput(null, failure); // nobody may ask for it
        }
    }

    private void Record(ModuleFrame frame, nn.Module module, object? output)
    {
        if (!frame.Inputs.Any(argument => argument[0].Tracked is not null))
        {
            return;
        }

        var node = new TapeNode
        {
            Number = tape.Nodes.Count,
            Description = $"module '{frame.Path}' ({module.GetType().Name})",
            Inputs = frame.Inputs,
            Algorithm = frame.Algorithm,
            Split = context => frame.Whole!.Split(module, context),
        };
        tape.Add(node, [.. TensorArguments.In(output).Select(Tape.Hold)], areNeeded: true, areWritten: false);
    }
}
