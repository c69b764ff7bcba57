using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>A parameter or buffer whose values are replaced for as long as a merge lasts.</summary>
internal sealed class MergedValue : IDisposable
{
    private readonly Func<Tensor> _current;
    private readonly Func<Tensor, Tensor> _merge;
    private readonly Tensor _original;
    private readonly Tensor[] _held;

    /// <summary>Replaces the values.</summary>
    /// <param name="current">The tensor as the module holds it now: <c>to()</c> puts another one in its place.</param>
    /// <param name="merge">The merged values of given ones; always the same for the same values.</param>
    /// <param name="uses">Tensors that <paramref name="merge"/> uses.</param>
    public MergedValue(Func<Tensor> current, Func<Tensor, Tensor> merge, params IEnumerable<Tensor> uses)
    {
        _current = current;
        _merge = merge;
        _held = [.. uses.Select(tensor => tensor.DetachFromDisposeScope())];
        _original = current().detach().clone().DetachFromDisposeScope();
        using var merged = merge(_original);
        current().copy_(merged);
    }

    /// <summary>Whether somebody has changed the values since they were replaced.</summary>
    public bool IsChanged()
    {
        using var scope = NewDisposeScope();
        var now = _current().detach();
        return !_merge(_original).to(_original.dtype).to(now.dtype).to(now.device).Equals(now);
    }

    /// <summary>Puts the original values back, in the element type and on the device of today.</summary>
    public void PutBack() => _current().copy_(_original);

    public void Dispose()
    {
        _original.Dispose();
        foreach (var tensor in _held)
        {
            tensor.Dispose();
        }
    }
}
