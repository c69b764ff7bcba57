using static TorchSharp.torch;

namespace Lrp.Checkpoints;

public sealed partial class SafetensorsFile
{
    private const long BufferBytes = 1L << 24;

    /// <summary>Reads rows of one tensor: a part of it along its first dimension.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <returns>A new tensor on the CPU with the file's element type; the caller disposes it.</returns>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has not that many rows.</exception>
    public Tensor ReadRows(string name, long first, long count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Entry(name);
        ThrowIfOutside(entry, first, count);
        var tensor = empty([count, .. entry.Shape.Skip(1)], dtype: SafetensorsDtype.ToScalarType(entry), device: CPU);
        try
        {
            FillRows(tensor, entry, first);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads rows of one tensor into memory that is there: straight from the file where the element types agree, else
    /// by way of a buffer of 16 MB in which they are converted.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">
    /// Is filled; of any layout, element type and device. Its shape is that of the tensor but for the number of rows.
    /// </param>
    /// <param name="first">The first row.</param>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void ReadInto(string name, Tensor destination, long first = 0)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Entry(name);
        if (destination.dim() != entry.Shape.Count || !destination.shape.Skip(1).SequenceEqual(entry.Shape.Skip(1)))
        {
            throw new ArgumentException(
                $"Rows of {entry} do not fit a tensor of shape [{string.Join(", ", destination.shape)}].",
                nameof(destination)
            );
        }

        using var grad = no_grad();
        if (entry.Shape.Count == 0)
        {
            using var number = ReadTensor(name);
            destination.copy_(number);
            return;
        }

        var rows = destination.shape[0];
        ThrowIfOutside(entry, first, rows);
        if (
            destination.dtype == SafetensorsDtype.ToScalarType(entry)
            && destination.device_type == TorchSharp.DeviceType.CPU
            && destination.is_contiguous()
        )
        {
            using var plain = destination.detach();
            FillRows(plain, entry, first);
            return;
        }

        var perPiece = Math.Max(1, BufferBytes / Math.Max(1, RowBytes(entry)));
        for (long done = 0; done < rows; done += perPiece)
        {
            var count = Math.Min(perPiece, rows - done);
            using var piece = ReadRows(name, first + done, count);
            using var target = destination.narrow(0, done, count);
            target.copy_(piece);
        }
    }

    private static long RowBytes(SafetensorsEntry entry) =>
        entry.Shape.Count == 0 || entry.Shape[0] == 0 ? entry.ByteLength : entry.ByteLength / entry.Shape[0];

    private static void ThrowIfOutside(SafetensorsEntry entry, long first, long count)
    {
        if (entry.Shape.Count == 0 || first < 0 || count < 0 || first + count > entry.Shape[0])
        {
            throw new ArgumentOutOfRangeException(
                nameof(first),
                first,
                $"{entry} has no rows {first} to {first + count - 1}."
            );
        }
    }

    private void FillRows(Tensor tensor, SafetensorsEntry entry, long first) =>
        Fill(tensor, entry, _dataStart + entry.Begin + (first * RowBytes(entry)));
}
