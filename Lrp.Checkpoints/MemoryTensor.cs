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
        nint> New = Find();

    /// <summary>A tensor whose elements are in this memory, one after the other. It must not outlive the memory.</summary>
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

    private static delegate* unmanaged<
        void*,
        delegate* unmanaged[Cdecl]<nint, void>,
        long*,
        int,
        sbyte,
        sbyte,
        int,
        int,
        byte,
        nint> Find()
    {
        using var loaded = zeros(1); // TorchSharp has loaded its library then
        var library = NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
        return (delegate* unmanaged<
            void*,
            delegate* unmanaged[Cdecl]<nint, void>,
            long*,
            int,
            sbyte,
            sbyte,
            int,
            int,
            byte,
            nint>)NativeLibrary.GetExport(library, "THSTensor_new");
    }

    // libtorch calls this when the tensor is freed; the memory is the caller's.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Leave(nint memory) { }
}
