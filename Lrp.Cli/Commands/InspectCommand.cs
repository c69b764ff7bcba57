using System.CommandLine;
using Lrp.Checkpoints;
using Lrp.Onnx;
using Lrp.Pictures;

namespace Lrp.Cli.Commands;

/// <summary><c>lrp inspect</c>: the tensors of a file, without their values.</summary>
internal static class InspectCommand
{
    private const int MostMetadata = 12;
    private const int LongestValue = 60;

    public static Command Create(Terminal terminal)
    {
        var path = SharedOptions.File("A safetensors, .pth, .pt, .bin, GGUF or ONNX file, or a folder with weights");
        var json = SharedOptions.Json();
        var command = new Command(
            "inspect",
            "Lists the tensors of a file: names, shapes, types and sizes. No weights are loaded."
        )
        {
            path,
            json,
        };
        command.SetAction(given =>
        {
            var content = Read(given.GetRequiredValue(path));
            if (given.GetValue(json))
            {
                terminal.WriteJson(content);
            }
            else
            {
                Write(terminal, content);
            }
        });
        return command;
    }

    private static Content Read(string path) =>
        !File.Exists(path) && !Directory.Exists(path) ? throw new BadInputException($"There is no file '{path}'.")
        : Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase) ? OfOnnx(path)
        : OfCheckpoint(path);

    private static Content OfOnnx(string path)
    {
        var file = OnnxFile.Read(path);
        return new Content(
            path,
            [
                new("producer", file.Producer),
                .. file.Opsets.Select(entry => new Fact($"opset {entry.Key}", $"{entry.Value}")),
                .. file.Inputs.Select(value => new Fact(
                    $"input {value.Name}",
                    $"{value.Type} {ShapeText.Of(value.Shape)}"
                )),
                .. file.Outputs.Select(value => new Fact(
                    $"output {value.Name}",
                    $"{value.Type} {ShapeText.Of(value.Shape)}"
                )),
                new("operators", string.Join(", ", file.Operators.Select(entry => $"{entry.Key} {entry.Value}"))),
            ],
            [.. file.Tensors.Select(value => new Stored(value.Name, value.Shape ?? [], value.Type, value.ByteLength))]
        );
    }

    private static Content OfCheckpoint(string path)
    {
        using var file = Checkpoint.Open(path);
        return new Content(
            path,
            file switch
            {
                GgufFile gguf => [.. gguf.Metadata.Select(entry => new Fact(entry.Key, Text(entry.Value)))],
                SafetensorsFile tensors => [.. tensors.Metadata.Select(entry => new Fact(entry.Key, entry.Value))],
                _ => [],
            },
            [.. file.Entries.Select(entry => new Stored(entry.Name, entry.Shape, entry.Dtype, entry.ByteLength))]
        );
    }

    private static string Text(object value) =>
        value is System.Collections.ICollection list ? $"{list.Count} entries" : $"{value}";

    private static void Write(Terminal terminal, Content content)
    {
        foreach (var fact in content.Metadata.Take(MostMetadata))
        {
            var value = fact.Value.ReplaceLineEndings(" ");
            terminal.Write($"{fact.Name}: {(value.Length > LongestValue ? value[..LongestValue] + " …" : value)}");
        }

        if (content.Metadata.Count > MostMetadata)
        {
            terminal.Write($"and {content.Metadata.Count - MostMetadata} more, which --json lists");
        }

        var rows = content.Tensors.Select(tensor =>
            (IReadOnlyList<string>)[tensor.Name, ShapeText.Of(tensor.Shape), tensor.Dtype, Size(tensor.Bytes)]
        );
        terminal.Write(
            new ReportTable(
                string.Empty,
                ["tensor", "shape", "type", "size"],
                [.. rows],
                $"{content.Tensors.Count} tensors, {content.Tensors.Sum(Count):N0} numbers, "
                    + Size(content.Tensors.Sum(tensor => tensor.Bytes))
            ),
            numbersFrom: 3
        );
    }

    private static long Count(Stored tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);

    private static string Size(long bytes) =>
        bytes switch
        {
            >= 1L << 30 => $"{bytes / (double)(1L << 30):F2} GiB",
            >= 1L << 20 => $"{bytes / (double)(1L << 20):F2} MiB",
            >= 1L << 10 => $"{bytes / (double)(1L << 10):F1} KiB",
            _ => $"{bytes} B",
        };

    private sealed record Content(string File, IReadOnlyList<Fact> Metadata, IReadOnlyList<Stored> Tensors);

    private sealed record Fact(string Name, string Value);

    private sealed record Stored(string Name, IReadOnlyList<long> Shape, string Dtype, long Bytes);
}
