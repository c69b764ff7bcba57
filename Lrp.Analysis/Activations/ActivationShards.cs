using System.Text.Json;
using Lrp.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Activations in safetensors shards: only what is asked for is read.</summary>
public sealed class ActivationShards : IDisposable
{
    private readonly string _folder;
    private readonly ShardIndex _index;
    private readonly SafetensorsFile?[] _files;

    private ActivationShards(string folder, ShardIndex index)
    {
        _folder = folder;
        _index = index;
        _files = new SafetensorsFile?[index.Shards.Length];
        Rows = index.Shards.Sum(shard => shard.Rows);
    }

    /// <summary>The layers' names.</summary>
    public IReadOnlyList<string> Layers => _index.Layers;

    /// <summary>How many rows there are in all.</summary>
    public long Rows { get; }

    /// <summary>How many shards there are.</summary>
    public int Count => _index.Shards.Length;

    /// <summary>A label a row; empty where none were given.</summary>
    public IReadOnlyList<double> Labels => _index.Labels;

    /// <summary>A token a row; empty where none were given.</summary>
    public IReadOnlyList<string> Tokens => _index.Tokens;

    /// <summary>Opens a folder that <see cref="ActivationExtractor.ExtractTo"/> wrote; no activations are read yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="FileNotFoundException">The folder has no index: the extraction did not finish, or it is another folder.</exception>
    public static ActivationShards Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, ShardWriter.IndexName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"'{folder}' has no {ShardWriter.IndexName}: no extraction was finished there.", path);
        }

        ShardIndex index = JsonSerializer.Deserialize<ShardIndex>(File.ReadAllText(path))
            ?? throw new InvalidDataException($"'{path}' is empty.");
        return new ActivationShards(folder, index);
    }

    /// <summary>A layer's activations of one shard.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <returns>(rows of the shard, neurons), on the CPU; the caller disposes it.</returns>
    public Tensor ReadShard(string layer, int shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, Count);
        if (!_index.Layers.Contains(layer))
        {
            throw new KeyNotFoundException($"There are no activations of '{layer}'; there are of {string.Join(", ", Layers)}.");
        }

        SafetensorsFile file = _files[shard] ??= SafetensorsFile.Open(Path.Combine(_folder, _index.Shards[shard].File));
        return file.ReadTensor(layer);
    }

    /// <summary>A layer's activations, all of them.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <returns>(rows, neurons), on the CPU; the caller disposes it.</returns>
    public Tensor Read(string layer)
    {
        using var scope = NewDisposeScope();
        Tensor[] parts = [.. Enumerable.Range(0, Count).Select(shard => ReadShard(layer, shard))];
        return cat(parts).MoveToOuterDisposeScope();
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _files.Length; i++)
        {
            _files[i]?.Dispose();
            _files[i] = null;
        }
    }
}
