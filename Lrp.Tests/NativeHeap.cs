using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lrp.Tests;

/// <summary>
/// What native code, libtorch above all, has taken from malloc and not freed. The C library of Linux counts it itself,
/// so that neither pages that come late nor memory that other parts of the process map are in the number.
/// </summary>
internal static class NativeHeap
{
    /// <summary>The position of <c>hblkhd</c>: large blocks, each of which has a mapping of its own.</summary>
    private const int MappedAlone = 4;

    /// <summary>The position of <c>uordblks</c>: blocks in use in all arenas.</summary>
    private const int InArenas = 7;

    private static readonly MallInfo2? Counters = Find();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate Info MallInfo2();

    /// <summary>
    /// Bytes in use; where the C library does not count (glibc 2.33 does), resident memory stands for them.
    /// </summary>
    public static long BytesInUse()
    {
        if (Counters is null)
        {
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }

        var info = Counters();
        return (long)(info.Values[InArenas] + info.Values[MappedAlone]);
    }

    private static MallInfo2? Find() =>
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libc.so.6", out var library)
        && NativeLibrary.TryGetExport(library, "mallinfo2", out var export)
            ? Marshal.GetDelegateForFunctionPointer<MallInfo2>(export)
            : null;

    /// <summary>The ten fields of <c>struct mallinfo2</c>, each a <c>size_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Info
    {
        public Fields Values;
    }

    [InlineArray(10)]
    private struct Fields
    {
        private nuint _first;
    }
}
