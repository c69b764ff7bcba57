using System.Globalization;
using System.Text;
using Lrp.Core;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>
/// Follows a model's calls and computes, for any tensor of the latest call, the contribution of each component of the
/// input.
/// </summary>
/// <remarks>
/// <para>
/// While the model runs, its operators are recorded with their true values. The forward pass itself is not changed, and
/// its control flow may depend on the data. When a composition is requested, the components are sent through the
/// recorded operators, all components of a chunk through each kernel together.
/// </para>
/// <para>The run keeps only the model's latest call; tensors of earlier calls are forgotten.</para>
/// </remarks>
public sealed class DecompositionRun : IDisposable
{
    private readonly DecompositionPlan _plan;
    private readonly IReadOnlyList<Composition> _sources;
    private readonly FollowedModel _model;

    /// <summary>Hooks a model. Use a composite's <c>Decompose</c> instead, which creates the plan.</summary>
    /// <param name="plan">The rules and where they apply.</param>
    /// <param name="sources">The compositions of the model's inputs, with the same components.</param>
    /// <param name="options">Options of the decomposition.</param>
    /// <exception cref="ArgumentException">The compositions do not have the same components.</exception>
    /// <exception cref="InvalidOperationException">
    /// Functions cannot be intercepted in this process; the message gives the reason.
    /// </exception>
    public DecompositionRun(DecompositionPlan plan, IReadOnlyList<Composition> sources, DecompositionOptions options)
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
                "The inputs' compositions must have the same components: "
                    + $"{string.Join("; ", sources.Select(source => source.ToString().Split('\n')[0]))}.",
                nameof(sources)
            );
        }

        _plan = plan;
        _sources = sources;
        Options = options;
        _model = new FollowedModel(plan, sources);
    }

    /// <summary>The options of the run.</summary>
    public DecompositionOptions Options { get; }

    /// <summary>Gets the composition of a tensor that the model's latest call produced.</summary>
    /// <param name="tensor">An output of the model, or a tensor made inside the model that is not disposed yet.</param>
    /// <returns>
    /// Its parts, with the components of the input. The run keeps it until it is disposed or the model is called again.
    /// </returns>
    /// <exception cref="DecompositionException">
    /// The tensor does not come from the model's latest call, its memory was changed in place through another tensor,
    /// or a rule failed.
    /// </exception>
    public Composition Of(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var value = Find(
            tensor,
            () =>
                $"No component reaches this tensor of shape {Printing.Shape(tensor.shape)} in the model's latest "
                + "call. For a tensor "
                + "that was computed from the model's output afterwards, take the composition of the output "
                + "and index or sum it."
        );
        return Of([value])[0];
    }

    /// <summary>Gets the compositions of several tensors, computed together.</summary>
    /// <param name="tensors">Tensors that the model's latest call produced.</param>
    public IReadOnlyList<Composition> Of(params IReadOnlyList<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return Of([
            .. tensors.Select(
                (tensor, k) =>
                    Find(
                        tensor,
                        () =>
                            $"No component reaches tensor {k}, of shape {Printing.Shape(tensor.shape)}, in the "
                            + "model's latest call."
                    )
            ),
        ]);
    }

    /// <summary>Gets the composition of a module's output in the model's latest call.</summary>
    /// <param name="module">The module's path, for example <c>encoder.layer.3</c>; empty for the model.</param>
    /// <exception cref="KeyNotFoundException">The model has no such module, or the call did not use it.</exception>
    /// <exception cref="DecompositionException">
    /// No component reaches the output, or its memory was changed in place through another tensor before the module
    /// returned it.
    /// </exception>
    public Composition this[string module]
    {
        get
        {
            if (!_model.Recorded().ModuleOutputs.TryGetValue(module, out var output))
            {
                var known = _plan.Model.named_modules().Select(entry => entry.name).ToList();
                throw new KeyNotFoundException(
                    known.Contains(module)
                        ? $"Module '{module}' did not run in the model's latest call; TorchSharp's hooks see "
                            + "call(), not forward()."
                        : UnknownName.Message(module, known)
                );
            }

            if (output.Failure is { } failure)
            {
                throw failure;
            }

            return output.Value is not { } value
                ? throw new DecompositionException($"No component reaches the output of module '{module}'.")
                : Of([value])[0];
        }
    }

    /// <summary>
    /// Gets a tensor's composition for other components, such as other masks or groups of the same input, without
    /// running the model again.
    /// </summary>
    /// <param name="tensor">A tensor that the model's latest call produced.</param>
    /// <param name="others">Compositions of the same inputs, in the order in which the run was given its own.</param>
    /// <returns>The tensor's composition with the other components; the caller disposes it.</returns>
    public Composition With(Tensor tensor, params IReadOnlyList<Composition> others)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(others);
        var value = Find(tensor, () => "No component reaches this tensor in the model's latest call.");
        if (others.Count != _sources.Count)
        {
            throw new ArgumentException(
                $"The run follows {_sources.Count} inputs, but {others.Count} compositions were given.",
                nameof(others)
            );
        }

        for (var k = 0; k < others.Count; k++)
        {
            if (!others[k].Shape.SequenceEqual(_sources[k].Shape))
            {
                throw new ArgumentException(
                    $"Composition {k} has shape {Printing.Shape(others[k].Shape)}, but the input has shape "
                        + $"{Printing.Shape(_sources[k].Shape)}.",
                    nameof(others)
                );
            }
        }

        return Replay.Run(others, [value], Options)[0];
    }

    /// <summary>Gets how far a tensor's parts are from summing to it, relative to its largest entry.</summary>
    /// <param name="tensor">A tensor that the model's latest call produced.</param>
    public double ReconstructionError(Tensor tensor) => Of(tensor).ReconstructionError();

    /// <summary>
    /// Lists the recorded operators, one per line, each with its module and the algorithm that splits it.
    /// </summary>
    public string Describe()
    {
        var text = new StringBuilder();
        foreach (var node in _model.Recorded().Nodes)
        {
            var shapes = string.Join(
                ", ",
                node.Outputs.Select(output => output is null ? "-" : Printing.Shape(output.Value.shape))
            );
            text.Append(CultureInfo.InvariantCulture, $"{node} -> {shapes} by {node.Algorithm}\n");
        }

        return text.ToString();
    }

    /// <summary>Removes the hooks from the model, which is then unchanged, and forgets the recorded call.</summary>
    public void Dispose() => _model.Dispose();

    private TrackedValue Find(Tensor tensor, Func<string> notReached) =>
        _model.Recorded().Find(tensor, "The composition was requested of")
        ?? throw new DecompositionException(notReached());

    private IReadOnlyList<Composition> Of(IReadOnlyList<TrackedValue> values)
    {
        var found = _model.Recorded().Compositions;
        var missing = values.Where(value => !found.ContainsKey(value)).Distinct().ToList();
        if (missing.Count > 0)
        {
            var computed = Replay.Run(_sources, missing, Options);
            for (var k = 0; k < missing.Count; k++)
            {
                found.Add(missing[k], computed[k]);
                Warn(computed[k]);
            }
        }

        return [.. values.Select(value => found[value])];
    }

    private void Warn(Composition composition)
    {
        if (
            Options.Logger is { } logger
            && composition.ReconstructionError() is var error
            && error > Options.WarnAtReconstructionError
        )
        {
            logger.LogWarning(
                "The parts of a tensor of shape {Shape} miss it by {ReconstructionError:g3} of its largest entry.",
                Printing.Shape(composition.Shape),
                error
            );
        }
    }
}
