using System.Globalization;
using System.Text.Json;

namespace Lrp.Models.Transformers.Configurations;

/// <summary>
/// A config.json of the Hugging Face hub: values by name, with sentences for what is missing or wrong.
/// </summary>
/// <param name="json">The file's object.</param>
/// <param name="path">The file, for messages.</param>
internal sealed class ModelConfig(JsonElement json, string path)
{
    private const string WholeNumbers = "a list of whole numbers";

    /// <summary>Reads a JSON file of a model's folder.</summary>
    /// <exception cref="FormatException">It is no valid JSON; the message names it.</exception>
    public static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException error)
        {
            throw new FormatException($"{path} is no valid JSON: {error.Message}", error);
        }
    }

    /// <summary>Reads config.json of a model's folder.</summary>
    /// <exception cref="IOException">The folder or its config.json is missing.</exception>
    /// <exception cref="FormatException">It is no valid JSON, or holds no object.</exception>
    public static ModelConfig OfFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        }

        var path = System.IO.Path.Combine(folder, "config.json");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"The folder '{folder}' has no config.json, which says how the model is built: download it too.",
                path
            );
        }

        using var document = Parse(path);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new ModelConfig(document.RootElement.Clone(), path)
            : throw new FormatException($"{path} has to hold one object.");
    }

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>The name of the architecture, the first of <c>architectures</c>; null where there is none.</summary>
    public string? Architecture => Texts("architectures") is [var first, ..] ? first : null;

    /// <summary>Whether there is a value that is not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Whether the name is there, with a value or with null, which says that there is none.</summary>
    public bool Says(string name) => json.TryGetProperty(name, out _);

    /// <summary>A whole number.</summary>
    public long Whole(string name) =>
        Read(name, value => value.TryGetInt64(out var number) ? number : (long?)null, "a whole number");

    /// <summary>A whole number, or the one to use where there is none.</summary>
    public long Whole(string name, long otherwise) => Has(name) ? Whole(name) : otherwise;

    /// <summary>A whole number; null where the file says null, and a default where it does not say.</summary>
    public long? WholeOrNull(string name, long? ifAbsent = null) =>
        Has(name) ? Whole(name)
        : Says(name) ? null
        : ifAbsent;

    /// <summary>A number.</summary>
    public double Number(string name) =>
        Read(name, value => value.TryGetDouble(out var number) ? number : (double?)null, "a number");

    /// <summary>A number, or the one to use where there is none.</summary>
    public double Number(string name, double otherwise) => Has(name) ? Number(name) : otherwise;

    /// <summary>A number; null where the file says null, and a default where it does not say.</summary>
    public double? NumberOrNull(string name, double? ifAbsent = null) =>
        Has(name) ? Number(name)
        : Says(name) ? null
        : ifAbsent;

    /// <summary>A truth value, or the one to use where there is none.</summary>
    public bool Truth(string name, bool otherwise) =>
        Find(name) switch
        {
            null => otherwise,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            _ => throw Wrong(name, "true or false"),
        };

    /// <summary>A text, or the one to use where there is none.</summary>
    public string Text(string name, string otherwise) => Find(name)?.ToString() ?? otherwise;

    /// <summary>The texts of a list; empty where there is none.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(item => item.ToString())]
            : [];

    /// <summary>The numbers of a list; empty where there is none.</summary>
    public IReadOnlyList<double> Numbers(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(item => NumberIn(name, item))]
            : [];

    /// <summary>A list of whole numbers, or the one to use where there is none.</summary>
    public IReadOnlyList<long> Wholes(string name, IReadOnlyList<long> otherwise) =>
        Find(name) switch
        {
            null => otherwise,
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => WholeIn(name, item))],
            _ => throw Wrong(name, WholeNumbers),
        };

    /// <summary>The object of a name; null where there is none.</summary>
    public ModelConfig? Part(string name) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Object } part => new ModelConfig(part, path),
            _ => throw Wrong(name, "an object"),
        };

    /// <summary>The names of the classes in the order of their numbers; empty where there are none.</summary>
    public IReadOnlyList<string> Labels() =>
        Find("id2label") is { ValueKind: JsonValueKind.Object } labels
            ?
            [
                .. labels
                    .EnumerateObject()
                    .OrderBy(label =>
                        int.TryParse(label.Name, CultureInfo.InvariantCulture, out var number)
                            ? number
                            : throw new FormatException($"In {path} 'id2label' has '{label.Name}', and no number.")
                    )
                    .Select(
                        (label, k) =>
                            int.Parse(label.Name, CultureInfo.InvariantCulture) == k
                                ? label.Value.ToString()
                                : throw new FormatException(
                                    $"In {path} 'id2label' has the class {label.Name}, and none with the number {k}."
                                )
                    ),
            ]
            : [];

    private double NumberIn(string name, JsonElement item) =>
        item.ValueKind == JsonValueKind.Number ? item.GetDouble() : throw Wrong(name, "a list of numbers");

    private long WholeIn(string name, JsonElement item) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number)
            ? number
            : throw Wrong(name, WholeNumbers);

    private JsonElement? Find(string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private T Read<T>(string name, Func<JsonElement, T?> read, string kind)
        where T : struct
    {
        var value = Find(name) ?? throw new FormatException($"{path} has no '{name}', which this model needs.");
        return value.ValueKind == JsonValueKind.Number && read(value) is { } found ? found : throw Wrong(name, kind);
    }

    private FormatException Wrong(string name, string kind) =>
        new($"In {path} '{name}' is {Find(name)}, and has to be {kind}.");
}
