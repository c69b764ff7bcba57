using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.State;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Core.Registrations;

/// <summary>The first call of a registered model, before the model runs.</summary>
/// <remarks>
/// What depends on the order in which a model calls its modules can be found out here: attach interceptors to modules
/// with <see cref="ModuleHooks"/>, <see cref="Run"/> the model, and take them off again.
/// </remarks>
public sealed class FirstCall
{
    private readonly object?[] _arguments;
    private readonly RegistrationState _state;

    internal FirstCall(nn.Module model, object?[] arguments, RegistrationState state)
    {
        Model = model;
        _arguments = arguments;
        _state = state;
    }

    /// <summary>The registered model.</summary>
    public nn.Module Model { get; }

    /// <summary>The arguments of the call, one entry for each. Not to be changed in place.</summary>
    public IReadOnlyList<object?> Arguments => _arguments;

    /// <summary>Where warnings go.</summary>
    public ILogger Logger => _state.Logger;

    /// <summary>
    /// Runs the model's <c>forward</c> on the arguments of the call, with gradients off, in evaluation mode, and
    /// without any rule or canonizer of this registration taking note.
    /// </summary>
    /// <returns>
    /// What the model returns; its tensors belong to the dispose scope around. Afterwards the training mode, buffers,
    /// fields of the user's own modules, and the random numbers of the CPU are as before.
    /// </returns>
    public object? Run()
    {
        using var mode = new EvaluationMode(Model);
        using var state = ModelState.Capture(Model);
        using var suspension = _state.Suspend();
        using var interception = OperatorInterception.Suspend();
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var output = ModuleForward.Run(Model, _arguments);
        foreach (var tensor in TensorArguments.In(output).Where(scope.Contains).ToList())
        {
            scope.MoveToOuter(tensor);
        }

        return output;
    }
}
