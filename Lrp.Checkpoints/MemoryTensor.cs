using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>Tensors over memory that is not theirs.</summary>
/// <remarks>
/// TorchSharp makes tensors of managed arrays only. Its native library can make one of any memory, so that libtorch
/// copies and converts directly from a mapped file.
/// </remarks>
internal static unsafe class MemoryTensor
{
    private const int Cpu = 0;

    private static readonly delegate* unmanaged<
        void*,
        delegate* unmanaged[Cdecl]<nint, void>,
        long*,
        int,
        sbyte,
        sbyte,
        int,
        int,
        byte,
        nint> New = (delegate* unmanaged<
        void*,
        delegate* unmanaged[Cdecl]<nint, void>,
        long*,
        int,
        sbyte,
        sbyte,
        int,
        int,
        byte,
        nint>)Export("THSTensor_new");

    private static readonly delegate* unmanaged<nint, void*> Data = (delegate* unmanaged<nint, void*>)Export(
        "THSTensor_data"
    );

    /// <summary>A tensor of the elements in this memory. It must not outlive the memory.</summary>
    public static Tensor Over(byte* memory, ScalarType type, long[] shape)
    {
        fixed (long* sizes = shape)
        {
            var element = (sbyte)type;
            var handle = New(memory, &Leave, sizes, shape.Length, element, element, Cpu, -1, 0);
            return handle == 0
                ? throw new CheckpointException(
                    $"libtorch could not make a tensor of type {type} and shape [{string.Join(", ", shape)}]."
                )
                : Tensor.UnsafeCreateTensor(handle);
        }
    }

    /// <summary>The bytes of one element.</summary>
    public static int ElementBytes(this ScalarType type) => (int)type.ElementSize();

    /// <summary>Where a tensor's first element is; two names of one parameter have the same place.</summary>
    public static nint PlaceOf(Tensor tensor) => (nint)Data(tensor.Handle);

    private static nint Export(string name)
    {
        using var loaded = zeros(1); // TorchSharp has loaded its library then
        return NativeLibrary.GetExport(NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null), name);
    }

    // libtorch calls this when the tensor is freed; the memory is the caller's.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Leave(nint memory) { }
}
