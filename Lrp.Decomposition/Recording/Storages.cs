using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>The size of the memory behind a tensor, which a view need not have all of.</summary>
internal static unsafe class Storages
{
    private static readonly delegate* unmanaged<nint, ulong> Bytes = Find();

    /// <summary>How many entries of a tensor's type its memory has room for.</summary>
    /// <param name="tensor">A tensor that has a memory.</param>
    public static long Entries(Tensor tensor) => (long)Bytes(tensor.Handle) / tensor.element_size();

    private static delegate* unmanaged<nint, ulong> Find()
    {
        using var loaded = zeros(1); // TorchSharp has loaded its library then
        var library = NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
        return (delegate* unmanaged<nint, ulong>)NativeLibrary.GetExport(library, "THSStorage_nbytes");
    }
}
