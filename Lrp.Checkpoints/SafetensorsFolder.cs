using System.Text.Json;

namespace Lrp.Checkpoints;

/// <summary>
/// The safetensors files of a model's folder, open for reading: <c>model.safetensors</c>, or the shards that
/// <c>model.safetensors.index.json</c> lists.
/// </summary>
/// <example>
/// <code>
/// using var folder = SafetensorsFolder.Open("SmolLM2-135M");
/// folder.FileOf("model.norm.weight").ReadInto("model.norm.weight", weight);
/// </code>
/// </example>
public sealed class SafetensorsFolder : IDisposable
{
    private const string Whole = "model.safetensors";
    private const string Index = "model.safetensors.index.json";

    private readonly IReadOnlyList<SafetensorsFile> _files;
    private readonly Dictionary<string, SafetensorsFile> _byTensor;

    private SafetensorsFolder(IReadOnlyList<SafetensorsFile> files, Dictionary<string, SafetensorsFile> byTensor)
    {
        _files = files;
        _byTensor = byTensor;
    }

    /// <summary>The names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _byTensor.Keys;

    /// <summary>Opens the files of a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The open files; dispose it after the tensors are read.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">
    /// The folder has neither file, or shards are missing; the message names them.
    /// </exception>
    /// <exception cref="SafetensorsException">
    /// A file violates the format, or the index does not fit the shards.
    /// </exception>
    public static SafetensorsFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"There is no folder '{path}'.");
        }

        var index = Path.Combine(path, Index);
        var whole = Path.Combine(path, Whole);
        if (File.Exists(whole))
        {
            var file = SafetensorsFile.Open(whole);
            return new SafetensorsFolder(
                [file],
                file.Names.ToDictionary(name => name, _ => file, StringComparer.Ordinal)
            );
        }

        return File.Exists(index)
            ? OpenShards(path, ShardsOf(index))
            : throw new FileNotFoundException(
                $"The folder '{path}' has neither {Whole} nor {Index}: download the weights in the safetensors format.",
                whole
            );
    }

    /// <summary>Whether there is a tensor with this name.</summary>
    /// <param name="name">The tensor's name.</param>
    public bool Contains(string name) => _byTensor.ContainsKey(name);

    /// <summary>The file that has a tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>The file; it stays the folder's.</returns>
    /// <exception cref="KeyNotFoundException">No file has such a tensor.</exception>
    public SafetensorsFile FileOf(string name) =>
        _byTensor.TryGetValue(name, out var file)
            ? file
            : throw new KeyNotFoundException(
                $"No file of the folder has a tensor '{name}'; there are {KeyComparison.Shorten(_byTensor.Keys)}."
            );

    /// <summary>The header's entry of one tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="KeyNotFoundException">No file has such a tensor.</exception>
    public SafetensorsEntry Entry(string name) => FileOf(name).Entry(name);

    /// <summary>Closes the files. Tensors that were read from them stay valid.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private static Dictionary<string, string> ShardsOf(string index)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            return document
                .RootElement.GetProperty("weight_map")
                .EnumerateObject()
                .ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!, StringComparer.Ordinal);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new SafetensorsException(
                $"'{index}' is damaged: it needs an object 'weight_map' with the file of each tensor.",
                error
            );
        }
    }

    private static SafetensorsFolder OpenShards(string path, Dictionary<string, string> fileOfTensor)
    {
        var names = fileOfTensor.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var outside = names.Find(name => Path.GetFileName(name) != name);
        if (outside is not null)
        {
            throw new SafetensorsException($"The index names a file '{outside}', which is not in the folder itself.");
        }

        var missing = names.FindAll(name => !File.Exists(Path.Combine(path, name)));
        if (missing.Count > 0)
        {
            throw new FileNotFoundException(
                $"The folder '{path}' lacks {KeyComparison.Shorten(missing)}, which {Index} lists: download "
                    + $"{(missing.Count == 1 ? "it" : "them")} too.",
                Path.Combine(path, missing[0])
            );
        }

        var files = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var name in names)
            {
                files.Add(name, SafetensorsFile.Open(Path.Combine(path, name)));
            }

            var lost = fileOfTensor.Where(entry => !files[entry.Value].Contains(entry.Key)).ToList();
            if (lost.Count > 0)
            {
                throw new SafetensorsException(
                    "Shards do not have what the index says: "
                        + $"{KeyComparison.Shorten([.. lost.Select(entry => $"{entry.Key} in {entry.Value}")])}."
                );
            }

            return new SafetensorsFolder(
                [.. files.Values],
                fileOfTensor.ToDictionary(entry => entry.Key, entry => files[entry.Value], StringComparer.Ordinal)
            );
        }
        catch
        {
            foreach (var file in files.Values)
            {
                file.Dispose();
            }

            throw;
        }
    }
}
