using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// The tensors that the last backward callback on this thread dealt with. Autograd has its own references as soon as
/// the callback has returned, so ours can go when the next callback of the same thread begins; waiting for the
/// garbage collector would let native memory grow.
/// </summary>
internal static class DeferredDisposal
{
    [ThreadStatic]
    private static List<Tensor>? _handles;

    public static void Release()
    {
        if (_handles is { Count: > 0 } previous)
        {
            foreach (var tensor in previous)
            {
                tensor.Dispose();
            }

            previous.Clear();
        }
    }

    public static void Keep(IEnumerable<Tensor?> returned, IEnumerable<Tensor?> received)
    {
        _handles ??= [];
        foreach (var tensor in returned.Concat(received))
        {
            if (tensor is not null && !tensor.IsInvalid)
            {
                tensor.DetachFromDisposeScope();
                _handles.Add(tensor);
            }
        }
    }
}
