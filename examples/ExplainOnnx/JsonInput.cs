using System.Text.Json;
using static TorchSharp.torch;

namespace ExplainOnnx;

/// <summary>Nested arrays of numbers in JSON as tensors.</summary>
internal static class JsonInput
{
    /// <summary>The tensors by the names of inputs; an array alone belongs to the first input.</summary>
    /// <exception cref="InvalidDataException">The file is no JSON, or its arrays have no shape.</exception>
    public static Dictionary<string, Tensor> Load(string path, string first)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? root.EnumerateObject().ToDictionary(entry => entry.Name, entry => ToTensor(entry.Value))
                : new Dictionary<string, Tensor> { [first] = ToTensor(root) };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{path}' holds no arrays of numbers: {exception.Message}", exception);
        }
    }

    private static Tensor ToTensor(JsonElement array)
    {
        var shape = new List<long>();
        for (var inner = array; inner.ValueKind == JsonValueKind.Array; inner = inner[0])
        {
            shape.Add(inner.GetArrayLength());
            if (shape[^1] == 0)
            {
                break;
            }
        }

        var values = new List<double>();
        Collect(array, shape, 0, values);
        return tensor(values.ToArray(), shape.ToArray());
    }

    private static void Collect(JsonElement array, List<long> shape, int depth, List<double> values)
    {
        if (depth == shape.Count)
        {
            values.Add(array.GetDouble());
            return;
        }

        if (array.GetArrayLength() != shape[depth])
        {
            throw new InvalidDataException(
                $"An array has {array.GetArrayLength()} entries, and the first of its kind {shape[depth]}."
            );
        }

        foreach (var entry in array.EnumerateArray())
        {
            Collect(entry, shape, depth + 1, values);
        }
    }
}
