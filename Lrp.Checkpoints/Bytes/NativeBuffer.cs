using System.Runtime.InteropServices;

namespace Lrp.Checkpoints.Bytes;

/// <summary>Memory outside the garbage collector's, for bytes that cannot be used where they lie.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const nuint Alignment = 64;

    private byte* _pointer;

    private NativeBuffer(long length) => _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)length, Alignment);

    /// <summary>Takes memory, fills it, and gives it back at once if that fails.</summary>
    /// <param name="length">The number of bytes, at least one.</param>
    /// <param name="fill">Writes the bytes to the stream, exactly as many.</param>
    /// <returns>A view that owns the memory.</returns>
    public static ByteView Fill(long length, Action<Stream> fill)
    {
        var buffer = new NativeBuffer(length);
        try
        {
            using var stream = new UnmanagedMemoryStream(buffer._pointer, 0, length, FileAccess.Write);
            fill(stream);
            return new ByteView(buffer._pointer, length, buffer);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
