using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lrp.Benchmarks.Reporting;

/// <summary>The results of a run.</summary>
/// <param name="Machine">The machine of the run.</param>
/// <param name="Seconds">The duration of the run.</param>
/// <param name="Rows">The measured cases.</param>
/// <param name="LeftOut">The measurements that were left out for lack of time.</param>
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

    /// <summary>Writes the report to a JSON file, with times in seconds and memory in bytes.</summary>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
    }

    /// <summary>Reads a report that <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is not such a report.</exception>
    public static Report Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Report>(File.ReadAllText(path), Json)
                ?? throw new InvalidDataException($"{path} is empty.");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"{path} is not a file that --json wrote: {problem.Message}", problem);
        }
    }
}
