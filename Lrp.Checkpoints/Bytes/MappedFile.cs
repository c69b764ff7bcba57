using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Lrp.Checkpoints.Bytes;

/// <summary>A file whose pages are mapped into memory, only while they are looked at.</summary>
/// <remarks>
/// A mapping for each view, and none for the file, so that a model that is loaded tensor by tensor has no more of the
/// file in memory than one tensor.
/// </remarks>
internal sealed class MappedFile : ByteSource
{
    private readonly SafeFileHandle _handle;
    private readonly Lazy<MemoryMappedFile> _map;

    public MappedFile(string path)
    {
        _handle = File.OpenHandle(path);
        _map = new Lazy<MemoryMappedFile>(() =>
            MemoryMappedFile.CreateFromFile(
                _handle,
                null,
                0,
                MemoryMappedFileAccess.Read,
                HandleInheritability.None,
                leaveOpen: true
            )
        );
    }

    // Asked for before each view: a mapped file that became shorter would end the process.
    public override long Length => RandomAccess.GetLength(_handle);

    public override void Dispose()
    {
        if (_map.IsValueCreated)
        {
            _map.Value.Dispose();
        }

        _handle.Dispose();
    }

    protected override unsafe ByteView Open(long offset, long length)
    {
        var window = new Window(_map.Value.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read));
        return new ByteView(window.Pointer, length, window);
    }

    private sealed unsafe class Window : IDisposable
    {
        private readonly MemoryMappedViewAccessor _accessor;

        public Window(MemoryMappedViewAccessor accessor)
        {
            _accessor = accessor;
            byte* start = null;
            accessor.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Pointer = start + accessor.PointerOffset;
        }

        public byte* Pointer { get; }

        public void Dispose()
        {
            _accessor.SafeMemoryMappedViewHandle.ReleasePointer();
            _accessor.Dispose();
        }
    }
}
