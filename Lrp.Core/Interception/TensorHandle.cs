using static TorchSharp.torch;

namespace Lrp.Core.Interception;

/// <summary>What can be asked of a tensor's native object, whatever <see cref="Tensor"/> object holds it.</summary>
/// <param name="Identity">The native tensor; no two that are alive at once share it.</param>
/// <param name="Storage">The memory, the same for all views of it; 0 where there is none.</param>
/// <param name="Version">Grows with every change in place; −1 where changes are not counted.</param>
/// <param name="RequiresGrad">Whether the tensor requires a gradient.</param>
internal readonly record struct TensorState(nint Identity, nint Storage, long Version, bool RequiresGrad)
{
    /// <summary>The state of a tensor now.</summary>
    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    public static unsafe TensorState Of(Tensor tensor)
    {
        NativeTensorState state;
        NativeDispatch.Instance.StateOf(tensor.Handle, &state);
        GC.KeepAlive(tensor);
        return new TensorState(state.Identity, state.Storage, state.Version, state.RequiresGrad != 0);
    }

    /// <summary>One more handle of the same native tensor, outside every dispose scope.</summary>
    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    public static unsafe Tensor Share(Tensor tensor)
    {
        var handle = NativeDispatch.Instance.Share(tensor.Handle);
        GC.KeepAlive(tensor);
        return Tensor.UnsafeCreateTensor(handle).DetachFromDisposeScope();
    }
}

/// <summary>
/// Remembers a native tensor without keeping its memory: while this lives no other tensor can have its identity.
/// </summary>
internal sealed class WeakTensor : IDisposable
{
    private nint _weak;

    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    public unsafe WeakTensor(Tensor tensor)
    {
        _weak = NativeDispatch.Instance.Weak(tensor.Handle);
        GC.KeepAlive(tensor);
    }

    /// <summary>
    /// A new handle of the tensor, with its history, in the current dispose scope; null where it is gone.
    /// </summary>
    public unsafe Tensor? Lock()
    {
        var handle = _weak == 0 ? 0 : NativeDispatch.Instance.WeakLock(_weak);
        return handle == 0 ? null : Tensor.UnsafeCreateTensor(handle);
    }

    public unsafe void Dispose()
    {
        var weak = Interlocked.Exchange(ref _weak, 0);
        if (weak != 0)
        {
            NativeDispatch.Instance.WeakFree(weak);
        }
    }
}
