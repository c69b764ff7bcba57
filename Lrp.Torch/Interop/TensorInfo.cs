using System.Runtime.InteropServices;

namespace Lrp.Torch.Interop;

/// <summary>A tensor's metadata, fetched in one native call.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorInfo
{
    internal long NumberOfElements;
    internal long StorageOffset;
    internal int DType;
    internal int Dim;
    internal int DeviceType;
    internal int DeviceIndex;
    internal int ElementSize;
    internal int Flags;

    internal readonly bool RequiresGrad => (Flags & 1) != 0;
    internal readonly bool IsLeaf => (Flags & 2) != 0;
    internal readonly bool IsContiguous => (Flags & 4) != 0;
    internal readonly bool IsSparse => (Flags & 8) != 0;
}
