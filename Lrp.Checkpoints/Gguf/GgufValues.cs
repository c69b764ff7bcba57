namespace Lrp.Checkpoints.Gguf;

/// <summary>Reads values of metadata: numbers, truth values, texts, and arrays of one of them.</summary>
internal static class GgufValues
{
    // Deeper than any file that is written on purpose, and far from what the stack can take.
    private const int MaxDepth = 8;

    private const uint Array = 9;
    private const int ArrayBytes = sizeof(uint) + sizeof(ulong);

    // By the number of the type in the file.
    private static readonly Kind?[] Kinds =
    [
        Number<byte>("u8"),
        Number<sbyte>("i8"),
        Number<ushort>("u16"),
        Number<short>("i16"),
        Number<uint>("u32"),
        Number<int>("i32"),
        Number<float>("f32"),
        new("bool", 1, reader => reader.ReadFlag(), (reader, count) => Each(reader, count, it => it.ReadFlag())),
        new(
            "string",
            sizeof(ulong),
            reader => reader.ReadText(),
            (reader, count) => Each(reader, count, it => it.ReadText())
        ),
        null,
        Number<ulong>("u64"),
        Number<long>("i64"),
        Number<double>("f64"),
    ];

    /// <summary>A type, and a value of it.</summary>
    /// <returns>A number of its own type, a bool, a string, or an array of these; of arrays, an object[].</returns>
    /// <exception cref="InvalidDataException">The type is none, or the value is cut short.</exception>
    /// <exception cref="LimitException">Arrays lie too deep in arrays, or have too many items.</exception>
    public static object Read(GgufReader reader)
    {
        var type = reader.Read<uint>();
        return type == Array ? ReadArray(reader, 1) : Find(type, reader).One(reader);
    }

    /// <summary>The name of a value's type: u32, string, array of f32.</summary>
    public static string TypeName(object value)
    {
        var type = value.GetType();
        if (value is object[] and not string[])
        {
            return "array of arrays";
        }

        var kind = Kinds.First(kind => kind is not null && (kind.Type == type || kind.Type == type.GetElementType()))!;
        return type.IsArray ? $"array of {kind.Name}" : kind.Name;
    }

    private static object ReadArray(GgufReader reader, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new LimitException($"{reader.Reading} has arrays in arrays more than {MaxDepth} deep.");
        }

        var type = reader.Read<uint>();
        if (type != Array)
        {
            var kind = Find(type, reader);
            return kind.Many(reader, reader.ReadCount(kind.LeastBytes, $"items of type {kind.Name}"));
        }

        var count = reader.ReadCount(ArrayBytes, "arrays");
        return Each(reader, count, it => ReadArray(it, depth + 1));
    }

    private static Kind Find(uint type, GgufReader reader) =>
        (type < Kinds.Length ? Kinds[type] : null)
        ?? throw new InvalidDataException(
            $"{reader.Reading} has the type {type}, and types are 0 to {Kinds.Length - 1}: the file is damaged, or "
                + "newer than this reader."
        );

    private static T[] Each<T>(GgufReader reader, long count, Func<GgufReader, T> read)
    {
        var items = reader.NewArray<T>(count);
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = read(reader);
        }

        return items;
    }

    private static unsafe Kind Number<T>(string name)
        where T : unmanaged =>
        new(name, sizeof(T), reader => reader.Read<T>(), (reader, count) => reader.ReadMany<T>(count))
        {
            Type = typeof(T),
        };

    private sealed record Kind(
        string Name,
        int LeastBytes,
        Func<GgufReader, object> One,
        Func<GgufReader, long, object> Many
    )
    {
        public Type Type { get; init; } = Name == "bool" ? typeof(bool) : typeof(string);
    }
}
