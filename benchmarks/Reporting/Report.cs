using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lrp.Benchmarks.Reporting;

/// <summary>All that a run found out.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Rows">The cases measured.</param>
/// <param name="LeftOut">The measurements there was no time for.</param>
internal sealed record Report(Machine Machine, double Seconds, IReadOnlyList<Row> Rows, IReadOnlyList<string> LeftOut)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Writes it to a JSON file; times in seconds, memory in bytes.</summary>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is something else.</exception>
    public static Report Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Report>(File.ReadAllText(path), Json)
                ?? throw new InvalidDataException($"{path} is empty.");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"{path} is no file that --json wrote: {problem.Message}", problem);
        }
    }
}
