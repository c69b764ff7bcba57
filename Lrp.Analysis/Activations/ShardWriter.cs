using System.Globalization;
using System.Text.Json;
using Lrp.Checkpoints;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Writes one shard per batch, and an index after the last one.</summary>
internal sealed class ShardWriter
{
    public const string IndexName = "activations.json";

    private readonly string _folder;
    private readonly IReadOnlyList<string> _layers;
    private readonly List<ShardEntry> _shards = [];
    private readonly List<double> _labels = [];
    private readonly List<string> _tokens = [];

    public ShardWriter(string folder, IReadOnlyList<string> layers)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _layers = layers;
        if (File.Exists(Path.Combine(_folder, IndexName)))
        {
            throw new IOException($"'{_folder}' already contains activations; choose another folder, or delete it.");
        }
    }

    public void Write(ActivationBatch batch, Dictionary<string, Tensor> rows)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"shard-{_shards.Count:D6}.safetensors");
        SafetensorsFile.Save(Path.Combine(_folder, name), rows);
        _shards.Add(new ShardEntry(name, rows.First().Value.shape[0]));
        _labels.AddRange(batch.Labels);
        _tokens.AddRange(batch.Tokens);
    }

    public void Finish()
    {
        var path = Path.Combine(_folder, IndexName);
        File.WriteAllText(
            path + ".part",
            JsonSerializer.Serialize(new ShardIndex([.. _layers], [.. _shards], [.. _labels], [.. _tokens]))
        );
        File.Move(path + ".part", path);
    }
}

/// <summary>The content of the index file.</summary>
internal sealed record ShardIndex(string[] Layers, ShardEntry[] Shards, double[] Labels, string[] Tokens);

/// <summary>One shard of the index.</summary>
internal sealed record ShardEntry(string File, long Rows);
