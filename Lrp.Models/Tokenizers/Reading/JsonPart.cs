using System.Text.Json;

namespace Lrp.Models.Tokenizers.Reading;

/// <summary>An object of a JSON file, and the path to it, which errors name.</summary>
internal readonly record struct JsonPart(JsonElement Element, string Path)
{
    /// <summary>What kind of part it is.</summary>
    public string Type => Text("type");

    public bool Has(string name) => Optional(name) is not null;

    /// <summary>The object of a property; null where it is missing or null.</summary>
    public JsonPart? OptionalPart(string name) =>
        Optional(name) is { } value ? new JsonPart(Checked(value, name, JsonValueKind.Object), Inner(name)) : null;

    public JsonPart Part(string name) => OptionalPart(name) ?? throw Missing(name);

    /// <summary>The objects of a list.</summary>
    public List<JsonPart> Parts(string name)
    {
        var parts = new List<JsonPart>();
        foreach (var value in List(name))
        {
            var path = $"{Inner(name)}[{parts.Count}]";
            parts.Add(
                value.ValueKind == JsonValueKind.Object
                    ? new JsonPart(value, path)
                    : throw new FormatException($"{path} is not an object.")
            );
        }

        return parts;
    }

    public JsonElement.ArrayEnumerator List(string name) =>
        Checked(Required(name), name, JsonValueKind.Array).EnumerateArray();

    public JsonElement.ObjectEnumerator Map(string name) =>
        Checked(Required(name), name, JsonValueKind.Object).EnumerateObject();

    /// <summary>The value of a property; null where it is missing or null.</summary>
    public JsonElement? Optional(string name) =>
        Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? OptionalText(string name) =>
        Optional(name) is { } value ? Checked(value, name, JsonValueKind.String).GetString() : null;

    public string Text(string name) => OptionalText(name) ?? throw Missing(name);

    /// <summary>A text of one character.</summary>
    public char Character(string name) =>
        Text(name) is [var value] ? value : throw new FormatException($"{Inner(name)} is not one character.");

    public bool Flag(string name, bool? ifMissing = null)
    {
        var value = Optional(name);
        return value?.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            null => ifMissing ?? throw Missing(name),
            _ => throw new FormatException($"{Inner(name)} is neither true nor false."),
        };
    }

    public int? OptionalNumber(string name) =>
        Optional(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : throw new FormatException($"{Inner(name)} is not an integer.");

    public int Number(string name) => OptionalNumber(name) ?? throw Missing(name);

    /// <summary>One of the values of an enumeration, by its name.</summary>
    public T Choice<T>(string name, T? ifMissing = null)
        where T : struct, Enum
    {
        var text = OptionalText(name);
        return text is null ? ifMissing ?? throw Missing(name)
            : Enum.TryParse<T>(text, ignoreCase: true, out var value) ? value
            : throw Unknown($"{Inner(name)} is", text, Enum.GetNames<T>());
    }

    /// <summary>Reads the part by its type.</summary>
    /// <exception cref="FormatException">The type is none of those that are known, which the message lists.</exception>
    public T Read<T>(IReadOnlyDictionary<string, Func<JsonPart, T>> readers) =>
        readers.TryGetValue(Type, out var read)
            ? read(this)
            : throw Unknown($"{Path} has the type", Type, readers.Keys);

    private static FormatException Unknown(string what, string value, IEnumerable<string> known) =>
        new($"{what} '{value}', which is not known; known are {string.Join(", ", known.Order())}.");

    private JsonElement Required(string name) => Optional(name) ?? throw Missing(name);

    private JsonElement Checked(JsonElement value, string name, JsonValueKind kind) =>
        value.ValueKind == kind
            ? value
            : throw new FormatException($"{Inner(name)} is of kind {value.ValueKind}, not {kind}.");

    private string Inner(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    private FormatException Missing(string name) => new($"{Inner(name)} is missing.");
}
