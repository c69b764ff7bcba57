using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>Tensors of a forward pass that keep the gradient which a backward pass brings them.</summary>
/// <param name="isRelevance">Whether what arrives is relevance itself, else a gradient.</param>
internal sealed class TappedTensors(bool isRelevance) : IDisposable
{
    private readonly List<Tensor> _tensors = [];

    /// <summary>How many there are.</summary>
    public int Count => _tensors.Count;

    /// <summary>The shape of the first one.</summary>
    public long[] Shape => _tensors[0].shape;

    /// <summary>Keeps a tensor of the graph; it belongs to this object from now on.</summary>
    /// <remarks>A tensor without a graph is left alone: its block runs again when relevance arrives.</remarks>
    public void Add(Tensor tensor)
    {
        if (!tensor.requires_grad)
        {
            return;
        }

        if (!tensor.is_leaf)
        {
            tensor.retain_grad();
        }

        _tensors.Add(tensor.DetachFromDisposeScope());
    }

    /// <summary>The relevance at a tensor after a backward pass; zeros where none came.</summary>
    public Tensor Read(int number)
    {
        var tensor = _tensors[number];
        using var arrived = tensor.grad;
        if (arrived is null)
        {
            return zeros(tensor.shape, dtype: tensor.dtype, device: tensor.device);
        }

        using var grad = no_grad();
        return isRelevance ? arrived.clone() : arrived.mul(tensor);
    }

    /// <summary>As <see cref="Read"/>, summed over the last dimension.</summary>
    public Tensor ReadSum(int number)
    {
        using var relevance = Read(number);
        return relevance.sum(-1);
    }

    /// <summary>As <see cref="ReadSum"/>, of all tensors.</summary>
    public IReadOnlyList<Tensor> ReadSums() =>
        [.. Enumerable.Range(0, Count).Select(number => ReadSum(number).DetachFromDisposeScope())];

    /// <summary>Takes the gradients off, so that another backward pass may bring its own.</summary>
    public void Clear()
    {
        foreach (var tensor in _tensors)
        {
            tensor.grad = null;
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in _tensors)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
    }
}
