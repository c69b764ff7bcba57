using System.Text.Json;
using Lrp.Checkpoints;
using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Activations in safetensors shards; only the requested data is read.</summary>
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

    /// <summary>The total number of rows.</summary>
    public long Rows { get; }

    /// <summary>The number of shards.</summary>
    public int Count => _index.Shards.Length;

    /// <summary>One label per row; empty if none were given.</summary>
    public IReadOnlyList<double> Labels => _index.Labels;

    /// <summary>One token per row; empty if none were given.</summary>
    public IReadOnlyList<string> Tokens => _index.Tokens;

    /// <summary>
    /// Opens a folder that <c>ActivationExtractor.ExtractTo</c> wrote. No activations are read yet.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="FileNotFoundException">
    /// The folder has no index: it is a different folder, or the extraction did not finish.
    /// </exception>
    public static ActivationShards Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, ShardWriter.IndexName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"'{folder}' has no {ShardWriter.IndexName}, so it contains no finished extraction.",
                path
            );
        }

        var index =
            JsonSerializer.Deserialize<ShardIndex>(File.ReadAllText(path))
            ?? throw new InvalidDataException($"'{path}' is empty.");
        return new ActivationShards(folder, index);
    }

    /// <summary>Reads a layer's activations from one shard.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <param name="shard">The shard, from 0.</param>
    /// <returns>(rows of the shard, neurons), on the CPU; the caller disposes it.</returns>
    public Tensor ReadShard(string layer, int shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, Count);
        if (!_index.Layers.Contains(layer))
        {
            throw new KeyNotFoundException(
                $"There are no activations of '{layer}', only of {string.Join(", ", Layers)}."
            );
        }

        var file = _files[shard] ??= SafetensorsFile.Open(Path.Combine(_folder, _index.Shards[shard].File));
        return file.ReadTensor(layer);
    }

    /// <summary>Reads all of a layer's activations.</summary>
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
        for (var i = 0; i < _files.Length; i++)
        {
            _files[i]?.Dispose();
            _files[i] = null;
        }
    }
}
