using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>Tensors that steps made, each freed when the last value that holds it has been dropped.</summary>
internal sealed class OwnedTensors
{
    private readonly Dictionary<Tensor, int> _holders = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Tensor> _foreign = new(ReferenceEqualityComparer.Instance);

    /// <summary>Notes tensors that belong to others, such as true values, and are never freed here.</summary>
    public void Exclude(IEnumerable<Tensor?> tensors) => _foreign.UnionWith(tensors.OfType<Tensor>());

    /// <summary>Takes a tensor from its dispose scope, for one more value that holds it.</summary>
    public void Add(Tensor tensor)
    {
        if (_foreign.Contains(tensor))
        {
            return;
        }

        _holders[tensor] = _holders.GetValueOrDefault(tensor) + 1;
        tensor.DetachFromDisposeScope();
    }

    /// <summary>One value less holds a tensor.</summary>
    public void Drop(Tensor tensor)
    {
        if (!_holders.TryGetValue(tensor, out var holders))
        {
            return;
        }

        if (holders > 1)
        {
            _holders[tensor] = holders - 1;
        }
        else
        {
            _holders.Remove(tensor);
            tensor.Dispose();
        }
    }

    /// <summary>Frees all of them.</summary>
    public void Release()
    {
        foreach (var tensor in _holders.Keys)
        {
            tensor.Dispose();
        }

        _holders.Clear();
    }
}
