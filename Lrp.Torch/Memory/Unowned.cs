using Lrp.Torch.Interop;

namespace Lrp.Torch.Memory;

/// <summary>
/// Tensors that no scope owns are freed when the collector finds them, and it knows nothing of native memory, nor
/// does its finalizer thread keep up with a fast loop. So they are counted here, and when their number or their
/// bytes have doubled the collector is asked, and waited for.
/// </summary>
internal static class Unowned
{
    private const long FewTensors = 50_000;
    private const long FewBytes = 512L << 20;

    private static long s_bytes;
    private static long s_tensorLimit = FewTensors;
    private static long s_byteLimit = FewBytes;

    /// <summary>Counts a tensor; returns the bytes to give to <see cref="Remove"/>.</summary>
    internal static long Add(IntPtr tensor, long tensors)
    {
        long bytes = Native.lrp_tensor_nbytes(tensor);
        long total = Interlocked.Add(ref s_bytes, bytes);
        if (tensors > Volatile.Read(ref s_tensorLimit))
        {
            GC.Collect(1);
            GC.WaitForPendingFinalizers();
            Volatile.Write(ref s_tensorLimit, Math.Max(FewTensors, 2 * TorchSharp.torch.Tensor.TotalCount));
        }
        else if (total > Volatile.Read(ref s_byteLimit))
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Volatile.Write(ref s_byteLimit, Math.Max(FewBytes, 2 * Interlocked.Read(ref s_bytes)));
        }

        return bytes;
    }

    internal static void Remove(long bytes)
    {
        if (bytes != 0)
        {
            Interlocked.Add(ref s_bytes, -bytes);
        }
    }
}
