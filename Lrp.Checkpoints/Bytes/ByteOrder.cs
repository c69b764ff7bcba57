namespace Lrp.Checkpoints.Bytes;

/// <summary>Numbers whose highest byte comes first.</summary>
internal static class ByteOrder
{
    /// <summary>A copy of the bytes in which each number's bytes are reversed.</summary>
    /// <param name="view">The bytes.</param>
    /// <param name="size">The bytes of one number.</param>
    public static ByteView Swap(ByteView view, int size)
    {
        if (view.Length == 0)
        {
            return ByteView.Empty;
        }

        return NativeBuffer.Fill(
            view.Length,
            destination =>
                view.ForEachPiece(piece =>
                {
                    Span<byte> number = stackalloc byte[size];
                    for (var at = 0; at < piece.Length; at += size)
                    {
                        piece.Slice(at, size).CopyTo(number);
                        number.Reverse();
                        destination.Write(number);
                    }
                })
        );
    }
}
