namespace Lrp.Checkpoints.Bytes;

/// <summary>The bytes of a stream that can seek, from its position on.</summary>
internal sealed class StreamBytes(Stream stream, bool leaveOpen) : ByteSource
{
    private const int PieceBytes = 1 << 16;

    private readonly long _origin = stream.Position;

    public override long Length => stream.Length - _origin;

    public override void Dispose()
    {
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    protected override ByteView Open(long offset, long length) =>
        NativeBuffer.Fill(
            length,
            destination =>
            {
                stream.Position = _origin + offset;
                var piece = new byte[Math.Min(PieceBytes, length)];
                for (var left = length; left > 0; left -= piece.Length)
                {
                    var part = piece.AsSpan(0, (int)Math.Min(piece.Length, left));
                    if (stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
                    {
                        throw new InvalidDataException("The stream ended before the length that it reported.");
                    }

                    destination.Write(part);
                }
            }
        );
}
