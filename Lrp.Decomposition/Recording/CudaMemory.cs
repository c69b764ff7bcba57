using System.Runtime.InteropServices;

namespace Lrp.Decomposition.Recording;

/// <summary>The free memory of this thread's CUDA device, as its driver reports it.</summary>
internal static unsafe class CudaMemory
{
    private static readonly delegate* unmanaged<nuint*, nuint*, int> Ask = Find();

    /// <summary>The free bytes, or null if there is no driver or no device in use.</summary>
    public static double? Free()
    {
        nuint free,
            total;
        return Ask != null && Ask(&free, &total) == 0 ? free : null;
    }

    private static delegate* unmanaged<nuint*, nuint*, int> Find()
    {
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        return
            NativeLibrary.TryLoad(name, out var driver)
            && NativeLibrary.TryGetExport(driver, "cuMemGetInfo_v2", out var entry)
            ? (delegate* unmanaged<nuint*, nuint*, int>)entry
            : null;
    }
}
