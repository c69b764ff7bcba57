using System.Globalization;
using System.Text;
using Lrp.Core.Engine;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>
/// Follows a model's calls and gives, for any tensor that a call made, what each component of the input contributes to it.
/// </summary>
/// <remarks>
/// <para>
/// While the model runs, its operators are recorded with their true values (its own forward pass is untouched, and its
/// control flow may depend on data). Components are sent along that record when asked for, all of a chunk through each
/// kernel together.
/// </para>
/// <para>The run remembers the model's latest call. Tensors of an earlier call are forgotten.</para>
/// </remarks>
public sealed class DecompositionRun : IDisposable
{
    private readonly ForwardPlan plan;
    private readonly IReadOnlyList<Composition> sources;
    private readonly List<IDisposable> hooks = [];
    private readonly Dictionary<TrackedValue, Composition> found = new(ReferenceEqualityComparer.Instance);
    private Tape? tape;
    private Recorder? recorder;
    private OperatorInterception? interception;
    private bool disposed;

    /// <summary>Hooks a model. Use a composite's <c>Decompose</c> instead, which works out the plan.</summary>
    /// <param name="plan">Which rules apply where.</param>
    /// <param name="sources">The compositions of the model's inputs, with the same components.</param>
    /// <param name="options">How to run.</param>
    /// <exception cref="ArgumentException">The compositions do not have the same components.</exception>
    /// <exception cref="InvalidOperationException">Functions cannot be intercepted in this process; the message says why.</exception>
    public DecompositionRun(ForwardPlan plan, IReadOnlyList<Composition> sources, DecompositionOptions options)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(options);
        if (sources.Count == 0)
        {
            throw new ArgumentException("Decomposition needs the composition of at least one input.", nameof(sources));
        }

        if (sources.Any(source => source.Count != sources[0].Count || source.IsContextual != sources[0].IsContextual))
        {
            throw new ArgumentException(
                "The inputs' compositions must have the same components: " +
                $"{string.Join("; ", sources.Select(source => source.ToString().Split('\n')[0]))}.",
                nameof(sources));
        }

        this.plan = plan;
        this.sources = sources;
        Options = options;
        Attach();
    }

    /// <summary>How the run was set up.</summary>
    public DecompositionOptions Options { get; }

    /// <summary>The composition of a tensor that the model's latest call made.</summary>
    /// <param name="tensor">An output of the model, or any tensor made inside that is still at hand.</param>
    /// <returns>Its parts, with the components of the input. The run keeps it until it is disposed or the model is called again.</returns>
    /// <exception cref="DecompositionException">The tensor does not come from the model's latest call, or a rule failed.</exception>
    public Composition Of(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var value = Recorded().Find(tensor) ?? throw new DecompositionException(
            $"No component reaches this tensor of shape {Printing.Shape(tensor.shape)} in the model's latest call. For something " +
            "computed from the model's output afterwards, take the output's composition and index or sum that.");
        return Of([value])[0];
    }

    /// <summary>The compositions of several tensors, in one go.</summary>
    /// <param name="tensors">Tensors that the model's latest call made.</param>
    public IReadOnlyList<Composition> Of(params IReadOnlyList<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return Of([.. tensors.Select((tensor, k) => Recorded().Find(tensor) ?? throw new DecompositionException(
            $"No component reaches tensor {k}, of shape {Printing.Shape(tensor.shape)}, in the model's latest call."))]);
    }

    /// <summary>The composition of what a module returned in the model's latest call.</summary>
    /// <param name="module">The module's path, for example <c>encoder.layer.3</c>; empty for the model.</param>
    /// <exception cref="KeyNotFoundException">The model has no such module, or the call did not use it.</exception>
    /// <exception cref="DecompositionException">No component reaches it.</exception>
    public Composition this[string module]
    {
        get
        {
            if (!Recorded().ModuleOutputs.TryGetValue(module, out var value))
            {
                var known = plan.Model.named_modules().Select(entry => entry.name).ToList();
                throw new KeyNotFoundException(known.Contains(module)
                    ? $"Module '{module}' did not run in the model's latest call; TorchSharp's hooks see call(), not forward()."
                    : UnknownName.Message(module, known));
            }

            return value is null
                ? throw new DecompositionException($"No component reaches what module '{module}' returned.")
                : Of([value])[0];
        }
    }

    /// <summary>
    /// The same call, other components: what other masks or groups of the same input contribute, without running the
    /// model again.
    /// </summary>
    /// <param name="tensor">A tensor that the model's latest call made.</param>
    /// <param name="others">Compositions of the same inputs, in the order of the run's own.</param>
    /// <returns>The tensor's composition into those components; the caller disposes it.</returns>
    public Composition With(Tensor tensor, params IReadOnlyList<Composition> others)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(others);
        var value = Recorded().Find(tensor) ?? throw new DecompositionException("No component reaches this tensor in the model's latest call.");
        if (others.Count != sources.Count)
        {
            throw new ArgumentException($"The run follows {sources.Count} inputs and got {others.Count} compositions.", nameof(others));
        }

        for (var k = 0; k < others.Count; ++k)
        {
            if (!others[k].Shape.SequenceEqual(sources[k].Shape))
            {
                throw new ArgumentException(
                    $"Composition {k} has shape {Printing.Shape(others[k].Shape)}; the input it splits has shape {Printing.Shape(sources[k].Shape)}.",
                    nameof(others));
            }
        }

        return Replay.Run(others, [value], Options)[0];
    }

    /// <summary>How far a tensor's parts are from summing to it, relative to its largest entry.</summary>
    /// <param name="tensor">A tensor that the model's latest call made.</param>
    public double Drift(Tensor tensor) => Of(tensor).Drift();

    /// <summary>The recorded operators, the module each ran in and the algorithm that splits it, one a line.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        foreach (var node in Recorded().Nodes)
        {
            var shapes = string.Join(", ", node.Outputs.Select(output => output is null ? "-" : Printing.Shape(output.Value.shape)));
            text.Append(CultureInfo.InvariantCulture, $"{node} -> {shapes} by {node.Algorithm}\n");
        }

        return text.ToString();
    }

    /// <summary>Takes the hooks off the model, which is then as it was, and forgets the recorded call.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        Forget();
        foreach (var hook in hooks)
        {
            hook.Dispose();
        }

        hooks.Clear();
    }

    internal Tape Recorded()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return tape ?? throw new DecompositionException("The model has not been called since the run began; call it with the composition's tensor.");
    }

    private IReadOnlyList<Composition> Of(IReadOnlyList<TrackedValue> values)
    {
        var missing = values.Where(value => !found.ContainsKey(value)).Distinct().ToList();
        if (missing.Count > 0)
        {
            var computed = Replay.Run(sources, missing, Options);
            for (var k = 0; k < missing.Count; ++k)
            {
                found.Add(missing[k], computed[k]);
                Warn(computed[k]);
            }
        }

        return [.. values.Select(value => found[value])];
    }

    private void Warn(Composition composition)
    {
        if (Options.Logger is { } logger && composition.Drift() is var drift && drift > Options.WarnAtDrift)
        {
            logger.LogWarning(
                "The parts of a tensor of shape {Shape} miss it by {Drift:g3} of its largest entry.", Printing.Shape(composition.Shape), drift);
        }
    }

    private void Attach()
    {
        if (!ModuleHooks.CanAttach(plan.Model))
        {
            throw new ArgumentException($"A {plan.Model.GetType().Name} has no call() and cannot be followed.", nameof(plan));
        }

        foreach (var (path, module) in ModuleTree.Walk(plan.Model))
        {
            if (ModuleHooks.CanAttach(module))
            {
                hooks.Add(ModuleHooks.Attach(module, new Watch(this, path, ReferenceEquals(module, plan.Model))));
            }
        }
    }

    private void Begin(object?[] inputs)
    {
        Forget();
        tape = new Tape();
        recorder = new Recorder(plan, tape);
        var tensors = inputs.SelectMany(TensorArguments.In).ToList();
        var taken = new HashSet<int>();
        for (var k = 0; k < sources.Count; ++k)
        {
            var position = Match(sources[k].Value, tensors, taken);
            if (position < 0)
            {
                tape = null;
                throw new DecompositionException(
                    $"The model is called with tensors of shapes {string.Join(", ", tensors.Select(tensor => Printing.Shape(tensor.shape)))}; " +
                    $"none of them is the tensor of shape {Printing.Shape(sources[k].Shape)} that the composition splits. " +
                    "Call the model with composition.Value, or make a composition of what it is called with.");
            }

            taken.Add(position);
            tape.Start(tensors[position], k);
        }

        interception = OperatorInterception.Enter(null, recorder.Handle, new InterceptionOptions { EndsWithModuleCall = true });
    }

    private static int Match(Tensor wanted, IReadOnlyList<Tensor> tensors, HashSet<int> taken)
    {
        var identity = OperatorInterception.IdentityOf(wanted);
        for (var k = 0; k < tensors.Count; ++k)
        {
            if (!taken.Contains(k) && OperatorInterception.IdentityOf(tensors[k]) == identity)
            {
                return k;
            }
        }

        for (var k = 0; k < tensors.Count; ++k)
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
        interception?.Dispose();
        interception = null;
        recorder = null;
        foreach (var composition in found.Values)
        {
            composition.Dispose();
        }

        found.Clear();
        tape?.Dispose();
        tape = null;
    }

    private sealed class Watch(DecompositionRun run, string path, bool isModel) : IModuleInterceptor
    {
        public object?[] Before(nn.Module module, object?[] inputs)
        {
            if (isModel)
            {
                run.Begin(inputs);
            }

            run.recorder?.Enter(path, module);
            return inputs;
        }

        public object? After(nn.Module module, object?[] inputs, object? output)
        {
            using (OperatorInterception.Suspend())
            {
                run.recorder?.Leave(module, inputs, output);
            }

            if (isModel)
            {
                run.interception?.Dispose();
                run.interception = null;
                run.recorder = null;
            }

            return output;
        }
    }
}
