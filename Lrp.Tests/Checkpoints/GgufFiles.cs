using System.Globalization;
using System.Text.Json;
using Lrp.Checkpoints;

namespace Lrp.Tests.Checkpoints;

/// <summary>The reference GGUF files, and their values as texts that can be compared.</summary>
internal static class GgufFiles
{
    private static readonly Dictionary<Type, string> Names = new()
    {
        [typeof(byte)] = "u8",
        [typeof(sbyte)] = "i8",
        [typeof(ushort)] = "u16",
        [typeof(short)] = "i16",
        [typeof(uint)] = "u32",
        [typeof(int)] = "i32",
        [typeof(ulong)] = "u64",
        [typeof(long)] = "i64",
        [typeof(float)] = "f32",
        [typeof(double)] = "f64",
        [typeof(bool)] = "bool",
        [typeof(string)] = "string",
    };

    private static readonly Dictionary<string, Type> Exceptions = new()
    {
        ["format"] = typeof(GgufFormatException),
        ["unsupported"] = typeof(GgufUnsupportedException),
        ["limit"] = typeof(GgufLimitException),
        ["model"] = typeof(GgufModelException),
    };

    public static string Folder { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", "gguf");

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>The bad files that lists name, with the kind of their error and what the message has to name.</summary>
    /// <param name="ofModels">Those that are sound files but no models, or the others.</param>
    public static IEnumerable<TestCaseData> Bad(bool ofModels)
    {
        foreach (var folder in Folders().SelectMany(folder => Holding(folder, "bad.json")))
        {
            using var document = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(folder, "bad.json")));
            foreach (var row in document.RootElement.GetProperty("files").EnumerateObject())
            {
                var path = System.IO.Path.Combine(folder, row.Name + ".gguf");
                var isModel =
                    row.Name.StartsWith("model-", StringComparison.Ordinal)
                    || row.Name.StartsWith("tokenizer-", StringComparison.Ordinal);
                if (File.Exists(path) && isModel == ofModels)
                {
                    string[] names =
                    [
                        .. row.Value.GetProperty("message_names").EnumerateArray().Select(name => name.GetString()!),
                    ];
                    var kind = row.Value.GetProperty("kind").GetString();
                    yield return new TestCaseData(path, kind, names).SetArgDisplayNames(row.Name);
                }
            }
        }
    }

    /// <summary>Holds an exception against the kind and the names of a list.</summary>
    public static void AssertRefused(Action read, string kind, string[] names)
    {
        GgufException? error = null;
        try
        {
            read();
        }
        catch (GgufException refusal)
        {
            error = refusal;
        }

        if (error is null)
        {
            Assert.That(kind, Is.EqualTo("run").Or.Contains("or read"), "it was read");
            return;
        }

        Assert.That(error, Is.TypeOf(Exceptions[kind.Split(' ')[0]]), error.Message);
        foreach (var name in names)
        {
            Assert.That(error.Message, Does.Contain(name));
        }
    }

    /// <summary>The entries of lists of a name, with the folders that they are in.</summary>
    public static IEnumerable<(string Folder, JsonElement Entry)> Listed(string name)
    {
        foreach (var folder in Folders().SelectMany(folder => Holding(folder, name)))
        {
            using var document = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(folder, name)));
            if (document.RootElement.ValueKind == JsonValueKind.Array)
            {
                foreach (var entry in document.RootElement.EnumerateArray().Where(IsOfGguf))
                {
                    yield return (folder, entry.Clone());
                }
            }
        }
    }

    /// <summary>The folder of the reference files, and those that the environment variable LRP_GOLDEN names.</summary>
    private static IEnumerable<string> Folders() =>
        (Environment.GetEnvironmentVariable("LRP_GOLDEN") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Prepend(Folder);

    private static IEnumerable<string> Holding(string folder, string file) =>
        Directory
            .EnumerateFiles(folder, file, SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => System.IO.Path.GetDirectoryName(path)!);

    private static bool IsOfGguf(JsonElement entry) =>
        entry.TryGetProperty("file", out var file) && file.GetString()!.EndsWith(".gguf", StringComparison.Ordinal);

    /// <summary>The name of a value's type, as the references write it.</summary>
    public static string TypeOf(object value) =>
        value is Array ? $"array[{Names[value.GetType().GetElementType()!]}]" : Names[value.GetType()];

    /// <summary>A value that was read, as text.</summary>
    public static string Show(object value) =>
        value switch
        {
            Array array => $"[{string.Join(", ", array.Cast<object>().Select(Show))}]",
            bool flag => flag ? "True" : "False",
            float number => Show((double)number),
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    /// <summary>A value of a reference, as text.</summary>
    public static string Show(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Show))}]",
            JsonValueKind.Number when !value.TryGetInt64(out _) => Show(value.GetDouble()),
            JsonValueKind.String when value.GetString() is "inf" => Show(double.PositiveInfinity),
            JsonValueKind.String when value.GetString() is "nan" => Show(double.NaN),
            _ => value.ToString(),
        };
}
