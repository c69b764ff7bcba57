namespace Lrp.Checkpoints.Gguf;

/// <summary>Reads the table of tensors, and checks that each lies inside the file and none lies in another.</summary>
internal static class GgufTable
{
    /// <summary>The fewest bytes of a tensor in the table: a length, no dimension, a type and an offset.</summary>
    public const int LeastBytes = sizeof(ulong) + sizeof(uint) + sizeof(uint) + sizeof(ulong);

    private const uint MaxDimensions = 4;

    /// <summary>Reads the tensors, whose values begin at the next multiple of the alignment behind the table.</summary>
    public static List<GgufTensor> Read(GgufReader reader, long count, long alignment, long fileLength)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = new List<GgufTensor>();
        for (long i = 0; i < count; i++)
        {
            reader.Reading = $"the name of tensor {i + 1} of {count}";
            var tensor = ReadTensor(reader, alignment);
            if (!names.Add(tensor.Name))
            {
                throw new InvalidDataException($"tensor '{tensor.Name}' is there twice; write the file anew.");
            }

            tensors.Add(tensor);
        }

        // An alignment is at most 2 to the power of 31, and a position below 2 to the power of 63 less that.
        var start = (reader.Position + alignment - 1) / alignment * alignment;
        for (var i = 0; i < tensors.Count; i++)
        {
            tensors[i] = Place(tensors[i], start, alignment, fileLength);
        }

        CheckOverlap(tensors);
        return tensors;
    }

    private static GgufTensor ReadTensor(GgufReader reader, long alignment)
    {
        var name = reader.ReadText();
        reader.Reading = $"the description of tensor '{name}'";
        var dimensions = reader.Read<uint>();
        if (dimensions > MaxDimensions)
        {
            throw new InvalidDataException(
                $"tensor '{name}' has {dimensions} dimensions, and {MaxDimensions} are the most."
            );
        }

        var sizes = reader.ReadMany<ulong>(dimensions);
        var typeNumber = reader.Read<uint>();
        var offset = reader.Read<ulong>();
        var elements = Elements(name, sizes);
        if (!BlockType.All.TryGetValue(typeNumber, out var type))
        {
            throw new NotSupportedException(
                $"tensor '{name}' has the type {typeNumber}, which is not supported; quantise the model to one of "
                    + $"{string.Join(", ", BlockType.All.Values.Select(known => known.Name))}."
            );
        }

        if (elements > long.MaxValue / type.Bytes)
        {
            throw Oversized(name, sizes);
        }

        var row = sizes.Length == 0 ? 1 : (long)sizes[0];
        if (row % type.Elements != 0)
        {
            throw new InvalidDataException(
                $"tensor '{name}' has rows of {row} elements, which are no whole blocks of {type.Elements} of its type "
                    + $"{type.Name}."
            );
        }

        if (offset % (ulong)alignment != 0 || offset > long.MaxValue)
        {
            throw new InvalidDataException(
                $"tensor '{name}' begins at byte {offset} of the data, which is no multiple of {alignment} "
                    + "(general.alignment) or no place in a file."
            );
        }

        // A file has the dimension of neighbours first.
        var shape = Array.ConvertAll(sizes, size => (long)size);
        Array.Reverse(shape);
        return new GgufTensor(name, type, shape, elements, (long)offset);
    }

    private static long Elements(string name, ulong[] sizes)
    {
        UInt128 product = 1;
        foreach (var size in sizes)
        {
            // Each step fits 128 bits, because a product that fits no longer 63 bits ends it.
            if (size > long.MaxValue || (product *= size) > long.MaxValue)
            {
                throw Oversized(name, sizes);
            }
        }

        return (long)product;
    }

    private static InvalidDataException Oversized(string name, ulong[] sizes) =>
        new($"tensor '{name}' has the dimensions {string.Join(" x ", sizes)}, which are more than any file can hold.");

    private static GgufTensor Place(GgufTensor tensor, long start, long alignment, long fileLength)
    {
        if (tensor.Offset > fileLength - start || tensor.Bytes > fileLength - start - tensor.Offset)
        {
            throw new InvalidDataException(
                $"tensor '{tensor.Name}' needs {tensor.Bytes} bytes at byte {(UInt128)start + (UInt128)tensor.Offset} "
                    + $"(general.alignment {alignment}), but the file has {fileLength}: it is cut short or damaged; "
                    + "download or copy it once more."
            );
        }

        return tensor with
        {
            Offset = start + tensor.Offset,
        };
    }

    private static void CheckOverlap(List<GgufTensor> tensors)
    {
        GgufTensor? before = null;
        foreach (var tensor in tensors.Where(tensor => tensor.Bytes > 0).OrderBy(tensor => tensor.Offset))
        {
            if (before is not null && tensor.Offset < before.Offset + before.Bytes)
            {
                throw new InvalidDataException(
                    $"tensor '{tensor.Name}' begins at byte {tensor.Offset}, inside tensor '{before.Name}'; write the "
                        + "file anew."
                );
            }

            before = tensor;
        }
    }
}
