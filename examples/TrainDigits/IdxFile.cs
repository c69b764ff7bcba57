using System.Buffers.Binary;
using System.IO.Compression;

namespace TrainDigits;

/// <summary>A file of the IDX format that MNIST comes in (http://yann.lecun.com/exdb/mnist): unsigned bytes of some shape.</summary>
/// <param name="Shape">The shape, samples first.</param>
/// <param name="Bytes">The elements, the last dimension running fastest.</param>
/// <remarks>
/// TorchVision's reader of MNIST checks neither the magic number nor that the file is whole, wants a folder layout of its own, and
/// divides the bytes by 256, where the network of examples/Digits has ink up to 1.
/// </remarks>
public sealed record IdxFile(int[] Shape, byte[] Bytes)
{
    private const byte UnsignedByte = 0x08;

    /// <summary>Reads a file; also one that ends in <c>.gz</c> and is compressed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name without <c>.gz</c>.</param>
    /// <exception cref="FileNotFoundException">Neither the file nor its compressed form is there.</exception>
    /// <exception cref="FormatException">The file is not IDX with unsigned bytes, or not whole.</exception>
    public static IdxFile Read(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        bool compressed = !File.Exists(path) && File.Exists(path + ".gz");
        if (!compressed && !File.Exists(path))
        {
            throw new FileNotFoundException($"There is no {name} (nor {name}.gz) in '{folder}'.", path);
        }

        using Stream file = File.OpenRead(compressed ? path + ".gz" : path);
        using Stream stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Read(stream) ?? throw new FormatException($"{path} is no IDX file of unsigned bytes.");
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException or OverflowException)
        {
            throw new FormatException($"{path} is not whole, or damaged; get the file anew.", exception);
        }
    }

    private static IdxFile? Read(Stream stream)
    {
        byte[] magic = new byte[4];
        stream.ReadExactly(magic);
        if (magic[0] != 0 || magic[1] != 0 || magic[2] != UnsignedByte || magic[3] is 0 or > 4)
        {
            return null;
        }

        int[] shape = new int[magic[3]];
        byte[] size = new byte[4];
        for (int i = 0; i < shape.Length; i++)
        {
            stream.ReadExactly(size);
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(size);
        }

        byte[] bytes = new byte[shape.Aggregate(1, (product, dimension) => checked(product * dimension))];
        stream.ReadExactly(bytes);
        return stream.ReadByte() < 0 ? new IdxFile(shape, bytes) : throw new InvalidDataException("There are more bytes than the shape has.");
    }
}
