using System.Runtime.CompilerServices;
using Lrp.Core;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>A model whose calls are recorded; the record of the latest call is kept.</summary>
internal sealed class FollowedModel : IDisposable
{
    private static readonly ConditionalWeakTable<nn.Module, FollowedModel> Followed = [];

    private readonly DecompositionPlan _plan;
    private readonly IReadOnlyList<Composition> _sources;
    private readonly List<IDisposable> _hooks = [];
    private Tape? _tape;
    private Recorder? _recorder;
    private OperatorInterception? _interception;
    private int _thread;
    private bool _disposed;

    /// <summary>Hooks the model.</summary>
    public FollowedModel(DecompositionPlan plan, IReadOnlyList<Composition> sources)
    {
        _plan = plan;
        _sources = sources;
        if (!ModuleHooks.CanAttach(plan.Model))
        {
            throw new ArgumentException($"A {plan.Model.GetType().Name} has no call() and cannot be followed.");
        }

        if (!Followed.TryAdd(plan.Model, this))
        {
            throw new InvalidOperationException(
                $"The {plan.Model.GetType().Name} is followed by another decomposition. Dispose that run first, "
                    + "or ask it for other components of the same call: run.With(tensor, composition)."
            );
        }

        foreach (var (path, module) in ModuleTree.Walk(plan.Model))
        {
            if (ModuleHooks.CanAttach(module))
            {
                _hooks.Add(ModuleHooks.Attach(module, new Watch(this, path, ReferenceEquals(module, plan.Model))));
            }
        }
    }

    /// <summary>The record of the latest call.</summary>
    /// <exception cref="DecompositionException">The model has not been called.</exception>
    public Tape Recorded()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(DecompositionRun));
        return _tape
            ?? throw new DecompositionException(
                "The model has not been called since the run started; call it with the composition's tensor."
            );
    }

    /// <summary>Removes the hooks from the model, and forgets the recorded call.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Followed.Remove(_plan.Model);
        Forget();
        foreach (var hook in _hooks)
        {
            hook.Dispose();
        }

        _hooks.Clear();
    }

    /// <summary>Whether a call of the model is under way; one that threw is over.</summary>
    private bool IsInCall => _interception is { IsLeft: false } interception && !interception.IsAbandoned;

    private bool IsOfAnotherThread => IsInCall && _thread != Environment.CurrentManagedThreadId;

    private void Begin(object?[] inputs)
    {
        Forget();
        _tape = new Tape(_plan.Algorithm);
        _recorder = new Recorder(_plan, _tape);
        _thread = Environment.CurrentManagedThreadId;
        var tensors = inputs.SelectMany(TensorArguments.In).ToList();
        var taken = new HashSet<int>();
        for (var k = 0; k < _sources.Count; k++)
        {
            var position = Match(_sources[k].Value, tensors, taken);
            if (position < 0)
            {
                _tape = null;
                throw new DecompositionException(
                    $"The model was called with tensors of shapes "
                        + $"{string.Join(", ", tensors.Select(tensor => Printing.Shape(tensor.shape)))}; "
                        + $"none of them is the tensor of shape {Printing.Shape(_sources[k].Shape)} that the "
                        + "composition splits. "
                        + "Call the model with composition.Value, or create a composition of the model's actual input."
                );
            }

            taken.Add(position);
            _tape.Start(tensors[position], k);
        }

        _interception = OperatorInterception.Enter(
            null,
            _recorder.Handle,
            new InterceptionOptions { EndsWithModuleCall = true }
        );
    }

    private static int Match(Tensor wanted, IReadOnlyList<Tensor> tensors, HashSet<int> taken)
    {
        var identity = OperatorInterception.IdentityOf(wanted);
        for (var k = 0; k < tensors.Count; k++)
        {
            if (!taken.Contains(k) && OperatorInterception.IdentityOf(tensors[k]) == identity)
            {
                return k;
            }
        }

        for (var k = 0; k < tensors.Count; k++)
        {
            if (!taken.Contains(k) && tensors[k].dtype == wanted.dtype && tensors[k].shape.SequenceEqual(wanted.shape))
            {
                using var same = tensors[k].detach().eq(wanted.detach()).all();
                if (same.item<bool>())
                {
                    return k;
                }
            }
        }

        return -1;
    }

    private void Forget()
    {
        _interception?.Dispose();
        _interception = null;
        _recorder?.Dispose();
        _recorder = null;
        _tape?.Dispose();
        _tape = null;
    }

    private sealed class Watch(FollowedModel followed, string path, bool isModel) : IModuleInterceptor
    {
        public object?[] Before(nn.Module module, object?[] inputs)
        {
            if (followed.IsOfAnotherThread)
            {
                return isModel
                    ? throw new DecompositionException(
                        "The model is called on two threads at once while a decomposition follows it; it follows "
                            + "one call at a time."
                    )
                    : inputs;
            }

            if (isModel && !followed.IsInCall)
            {
                followed.Begin(inputs);
            }

            using (OperatorInterception.Suspend())
            {
                followed._recorder?.Modules.Enter(path, module, inputs);
            }

            return inputs;
        }

        public object? After(nn.Module module, object?[] inputs, object? output)
        {
            if (followed.IsOfAnotherThread || followed._recorder is not { } recorder)
            {
                return output;
            }

            using (OperatorInterception.Suspend())
            {
                recorder.Modules.Leave(module, output);
            }

            // A model that calls itself is over with its outermost call.
            if (isModel && recorder.Modules.IsEmpty)
            {
                followed._interception?.Dispose();
                followed._interception = null;
                recorder.Dispose();
                followed._recorder = null;
            }

            return output;
        }
    }
}
