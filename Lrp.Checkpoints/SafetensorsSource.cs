using Microsoft.Win32.SafeHandles;

namespace Lrp.Checkpoints;

/// <summary>The bytes of a safetensors file, from a file, a stream or memory.</summary>
internal abstract class SafetensorsSource : IDisposable
{
    public abstract long Length { get; }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    public virtual void Dispose() { }

    internal sealed class FileSource(string path) : SafetensorsSource
    {
        private readonly SafeFileHandle _handle = File.OpenHandle(path);

        public override long Length => RandomAccess.GetLength(_handle);

        public override void Read(long offset, Span<byte> destination)
        {
            while (!destination.IsEmpty)
            {
                var read = RandomAccess.Read(_handle, destination, offset);
                if (read == 0)
                {
                    throw new SafetensorsException(
                        $"'{path}' ends at byte {offset}: it was cut short after it was opened."
                    );
                }

                offset += read;
                destination = destination[read..];
            }
        }

        public override void Dispose() => _handle.Dispose();
    }

    internal sealed class StreamSource(Stream stream, bool leaveOpen) : SafetensorsSource
    {
        private readonly long _origin = stream.Position;

        public override long Length => stream.Length - _origin;

        public override void Read(long offset, Span<byte> destination)
        {
            stream.Position = _origin + offset;
            try
            {
                stream.ReadExactly(destination);
            }
            catch (EndOfStreamException error)
            {
                throw new SafetensorsException("The stream ended before the length that it reported.", error);
            }
        }

        public override void Dispose()
        {
            if (!leaveOpen)
            {
                stream.Dispose();
            }
        }
    }

    internal sealed class MemorySource(ReadOnlyMemory<byte> memory) : SafetensorsSource
    {
        public override long Length => memory.Length;

        public override void Read(long offset, Span<byte> destination) =>
            memory.Span.Slice((int)offset, destination.Length).CopyTo(destination);
    }
}
