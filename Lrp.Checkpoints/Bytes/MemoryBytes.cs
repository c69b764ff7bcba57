namespace Lrp.Checkpoints.Bytes;

/// <summary>Bytes that are in memory already. They are not copied.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> memory) : ByteSource
{
    public override long Length => memory.Length;

    protected override unsafe ByteView Open(long offset, long length)
    {
        var pin = memory.Slice((int)offset, (int)length).Pin();
        return new ByteView((byte*)pin.Pointer, length, pin);
    }
}
