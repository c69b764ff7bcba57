using System.Globalization;
using System.Text.Json;

namespace Lrp.Benchmarks;

/// <summary>The rows that benchmarks measured: printed as they come, and written to a JSON file at the end.</summary>
internal sealed class Report(TextWriter output)
{
    private readonly List<object> rows = [];
    private string benchmark = "";

    private sealed record Row(string Benchmark, string Case, string Measure, double Value, string Unit);

    /// <summary>The rows that follow belong to this benchmark.</summary>
    public void Begin(string name)
    {
        benchmark = name;
        output.WriteLine($"== {name}");
    }

    /// <summary>Adds one number.</summary>
    /// <param name="testCase">What was measured, such as a model and a rule.</param>
    /// <param name="measure">Which quantity, such as <c>time</c> or <c>ratio</c>.</param>
    /// <param name="value">The number.</param>
    /// <param name="unit">Its unit, such as <c>ms</c>; empty for a ratio.</param>
    public void Add(string testCase, string measure, double value, string unit)
    {
        rows.Add(new Row(benchmark, testCase, measure, value, unit));
        string number = value.ToString(Math.Abs(value) >= 100 ? "F0" : "F3", CultureInfo.InvariantCulture);
        output.WriteLine($"{testCase,-44} {measure,-28} {number,12} {unit}");
    }

    /// <summary>Adds a row of its own shape.</summary>
    public void AddRow(Dictionary<string, object> row)
    {
        rows.Add(row);
        output.WriteLine(string.Join("  ", row.Select(cell => $"{cell.Key} {Convert.ToString(cell.Value, CultureInfo.InvariantCulture)}")));
    }

    /// <summary>Writes all rows as an array of objects.</summary>
    public void WriteJson(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        using var file = File.Create(path);
        JsonSerializer.Serialize(file, rows, Json);
        output.WriteLine($"{rows.Count} rows in {path}");
    }

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
