using System.Buffers.Binary;
using System.IO.Compression;

namespace TrainDigits;

/// <summary>
/// A file in the IDX format of MNIST (http://yann.lecun.com/exdb/mnist): unsigned bytes with a shape.
/// </summary>
/// <param name="Shape">The shape, samples first.</param>
/// <param name="Bytes">The elements, in row-major order.</param>
/// <remarks>
/// TorchVision's MNIST reader is not used: it checks neither the magic number nor that the file is complete, requires
/// its own folder layout, and divides the bytes by 256, while the network of examples/Digits expects ink up to 1.
/// </remarks>
public sealed record IdxFile(int[] Shape, byte[] Bytes)
{
    private const byte UnsignedByte = 0x08;

    /// <summary>Reads a file, or its compressed form, whose name ends in <c>.gz</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name without <c>.gz</c>.</param>
    /// <exception cref="FileNotFoundException">Neither the file nor its compressed form exists.</exception>
    /// <exception cref="FormatException">The file is not an IDX file with unsigned bytes, or is incomplete.</exception>
    public static IdxFile Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        var compressed = !File.Exists(path) && File.Exists(path + ".gz");
        if (!compressed && !File.Exists(path))
        {
            throw new FileNotFoundException($"There is no {name} (nor {name}.gz) in '{folder}'.", path);
        }

        using Stream file = File.OpenRead(compressed ? path + ".gz" : path);
        using var stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Read(stream) ?? throw new FormatException($"{path} is no IDX file of unsigned bytes.");
        }
        catch (Exception exception)
            when (exception is EndOfStreamException or InvalidDataException or OverflowException)
        {
            throw new FormatException($"{path} is incomplete or damaged; download the file again.", exception);
        }
    }

    private static IdxFile? Read(Stream stream)
    {
        var magic = new byte[4];
        stream.ReadExactly(magic);
        if (magic[0] != 0 || magic[1] != 0 || magic[2] != UnsignedByte || magic[3] is 0 or > 4)
        {
            return null;
        }

        var shape = new int[magic[3]];
        var size = new byte[4];
        for (var i = 0; i < shape.Length; i++)
        {
            stream.ReadExactly(size);
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(size);
        }

        var bytes = new byte[shape.Aggregate(1, (product, dimension) => checked(product * dimension))];
        stream.ReadExactly(bytes);
        return stream.ReadByte() < 0
            ? new IdxFile(shape, bytes)
            : throw new InvalidDataException("There are more bytes than the shape has.");
    }
}
