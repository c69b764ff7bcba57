using static TorchSharp.torch;

namespace Lrp.Core.State;

/// <summary>
/// What a model remembers from one forward pass to the next beside its parameters, such as a cache of keys and values,
/// as it was at one moment, so that passes can run and leave no trace.
/// </summary>
/// <remarks>
/// <para>
/// Remembered are the tensors in fields and buffers of all modules, also inside lists, arrays, dictionaries, tuples and
/// objects of a user's own classes, and what these hold: references are put back, values that were written in place are
/// put back, tensors that the model disposed are replaced by others over the same memory, and history is taken away.
/// Where any of that was necessary, numbers and texts in fields are put back too: a cache has its position.
/// </para>
/// <para>
/// A pass may write into every tensor of somebody's own module, so the values of all of these are copied, once; tables
/// of sines and masks are among them. Parameters are not copied, and neither are buffers of TorchSharp's modules in
/// evaluation mode. For a model without tensors of its own this costs a walk over its modules.
/// </para>
/// <para>Not known are static fields, and objects outside the model that are passed to its forward.</para>
/// </remarks>
internal sealed class ModelState : IDisposable
{
    private readonly List<(StateContainer Container, object?[] Values)> _containers = [];
    private readonly Dictionary<Tensor, TensorState> _tensors = new(ReferenceEqualityComparer.Instance);

    private ModelState(StateGraph graph)
    {
        foreach (var container in graph.Containers)
        {
            _containers.Add((container, container.Read()));
        }

        foreach (var tensor in graph.Tensors)
        {
            _tensors.Add(tensor, new TensorState(tensor));
        }
    }

    /// <summary>Remembers the state of a model. The history that earlier passes left in it is taken away.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The state; disposing it puts the model back a last time.</returns>
    public static ModelState Capture(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        DetachHistory(model);
        return new ModelState(new StateGraph(model));
    }

    /// <summary>Takes the history away from all tensors that a model holds; their values stay.</summary>
    /// <param name="model">The model.</param>
    public static void DetachHistory(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var graph = new StateGraph(model);
        var detached = graph
            .Tensors.Where(TensorState.HasHistory)
            .Where(tensor => !TensorState.TryDetach(tensor))
            .ToDictionary(
                tensor => tensor,
                tensor => tensor.detach().DetachFromDisposeScope(),
                (IEqualityComparer<Tensor>)ReferenceEqualityComparer.Instance
            );
        if (detached.Count == 0)
        {
            return;
        }

        foreach (var container in graph.Containers)
        {
            var values = container.Read();
            container.Write(Mapped(values, tensor => detached.GetValueOrDefault(tensor, tensor)));
        }
    }

    /// <summary>Puts the model back into the state; may be called after every pass.</summary>
    public void Restore()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var changed = false;
        foreach (var tensor in _tensors.Values)
        {
            changed |= tensor.Restore();
        }

        foreach (var (container, values) in _containers)
        {
            var then = Mapped(values, tensor => _tensors.TryGetValue(tensor, out var state) ? state.Now : tensor);
            var now = container.Read();
            if (now.Length != then.Length || !now.Zip(then).All(pair => StateContainer.Same(pair.First, pair.Second)))
            {
                changed = true;
                container.Write(then);
            }
        }

        if (changed)
        {
            _containers.ForEach(entry => entry.Container.WritePlain());
        }
    }

    /// <summary>Puts the model back, and frees the copies.</summary>
    public void Dispose()
    {
        Restore();
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
        _containers.Clear();
    }

    private static object?[] Mapped(object?[] values, Func<Tensor, Tensor> map) =>
        Array.ConvertAll(values, value => StateGraph.Map(value, map));
}
