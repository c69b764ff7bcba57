namespace Lrp.Checkpoints.Bytes;

/// <summary>Bytes at one place in memory, valid until this is disposed.</summary>
/// <param name="pointer">Where they begin.</param>
/// <param name="length">How many they are.</param>
/// <param name="owner">What keeps them there, or null if nothing has to be given back.</param>
internal sealed unsafe class ByteView(byte* pointer, long length, IDisposable? owner) : IDisposable
{
    // A span has a 32 bit length, so more bytes are passed on in pieces.
    private const int PieceBytes = 1 << 30;

    public byte* Pointer => pointer;

    public long Length => length;

    public static ByteView Empty => new(null, 0, null);

    /// <summary>All bytes, for views that are known to be small.</summary>
    public ReadOnlySpan<byte> All => new(pointer, checked((int)length));

    /// <summary>Hands all bytes on in pieces that a span can hold.</summary>
    public void ForEachPiece(ReadOnlySpanAction<byte> action)
    {
        for (long done = 0; done < length; done += PieceBytes)
        {
            action(new ReadOnlySpan<byte>(pointer + done, (int)Math.Min(PieceBytes, length - done)));
        }
    }

    public void Dispose() => owner?.Dispose();

    /// <summary>What is done with one piece.</summary>
    internal delegate void ReadOnlySpanAction<T>(ReadOnlySpan<T> piece);
}
