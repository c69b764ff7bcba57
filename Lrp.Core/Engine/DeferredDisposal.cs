using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// The tensors that the last backward callback on this thread returned. Autograd has its own references as soon as the
/// callback has returned, so ours can go when the next callback of the same thread begins; waiting for the garbage
/// collector would let native memory grow.
/// </summary>
internal static class DeferredDisposal
{
    [ThreadStatic]
    private static List<Tensor>? _handles;

    /// <summary>A callback begins: what the one before it returned can go.</summary>
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

    /// <summary>Keeps what a callback is about to return.</summary>
    public static void Keep(IEnumerable<Tensor?> returned)
    {
        _handles ??= [];
        foreach (var tensor in returned)
        {
            if (tensor is { IsInvalid: false })
            {
                _handles.Add(tensor.DetachFromDisposeScope());
            }
        }
    }

    /// <summary>Frees at once what a callback was given, save what it returns as it is.</summary>
    public static void Free(IEnumerable<Tensor?> received, IReadOnlyList<Tensor?> but)
    {
        foreach (var tensor in received)
        {
            if (tensor is { IsInvalid: false } && !but.Any(returned => ReferenceEquals(returned, tensor)))
            {
                tensor.Dispose();
            }
        }
    }
}
