namespace Lrp.Checkpoints.Bytes;

/// <summary>The bytes of a file, from a file on disk, a stream or memory.</summary>
internal abstract class ByteSource : IDisposable
{
    public abstract long Length { get; }

    /// <summary>The bytes from <paramref name="offset"/> on, in memory for as long as the view lives.</summary>
    /// <exception cref="InvalidDataException">There are not so many bytes.</exception>
    public ByteView View(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new InvalidDataException(
                $"bytes {offset} to {offset + length} are needed, but there are only {Length}: it was cut short."
            );
        }

        return length == 0 ? ByteView.Empty : Open(offset, length);
    }

    /// <summary>A copy of a few bytes.</summary>
    public byte[] Read(long offset, long length)
    {
        using var view = View(offset, length);
        return view.All.ToArray();
    }

    public virtual void Dispose() { }

    /// <summary>The bytes of a range that lies inside and is not empty.</summary>
    protected abstract ByteView Open(long offset, long length);
}
