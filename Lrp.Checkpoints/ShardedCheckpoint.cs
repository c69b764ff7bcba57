using System.Text.Json;

namespace Lrp.Checkpoints;

/// <summary>
/// A model in several files, with an index of which tensor is in which (Hugging Face's <c>.index.json</c>).
/// </summary>
internal sealed class ShardedCheckpoint : Checkpoint
{
    private const string Map = "weight_map";

    private readonly Dictionary<string, Checkpoint> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Checkpoint> _shardOf = new(StringComparer.Ordinal);
    private readonly string _name;

    private ShardedCheckpoint(string path)
    {
        _name = Path.GetFileName(path);
        var entries = new List<CheckpointEntry>();
        try
        {
            var map = ReadIndex(path);
            OpenShards(Path.GetDirectoryName(Path.GetFullPath(path))!, map.Values);
            foreach (var (tensor, file) in map)
            {
                var shard = _shards[file];
                _shardOf.Add(tensor, shard);
                entries.Add(shard.Contains(tensor) ? shard.Entry(tensor) : throw Absent(tensor, file));
            }
        }
        catch
        {
            Close();
            throw;
        }

        Entries = entries;
    }

    public override IReadOnlyList<CheckpointEntry> Entries { get; }

    internal override string Description => $"sharded checkpoint '{_name}'";

    /// <summary>Opens all files that an index names.</summary>
    public static new ShardedCheckpoint Open(string path) => new(path);

    internal override StoredTensor Locate(CheckpointEntry entry) => _shardOf[entry.Name].Locate(entry);

    private protected override void Check(CheckpointEntry entry) => _shardOf[entry.Name].Checked(entry.Name);

    private protected override void Close()
    {
        foreach (var shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    private Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            using var index = JsonDocument.Parse(File.ReadAllBytes(path));
            if (
                index.RootElement.ValueKind != JsonValueKind.Object
                || !index.RootElement.TryGetProperty(Map, out var map)
                || map.ValueKind != JsonValueKind.Object
            )
            {
                throw new CheckpointException($"The index '{_name}' has no object '{Map}', which says what is where.");
            }

            var files = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var item in map.EnumerateObject())
            {
                var file = item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : string.Empty;
                if (file.Length == 0 || Path.GetFileName(file) != file || !files.TryAdd(item.Name, file))
                {
                    throw new CheckpointException(
                        $"The index '{_name}' must give the tensor '{item.Name}' once, with the name of a file in its "
                            + "folder."
                    );
                }
            }

            return files;
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"The index '{_name}' is not valid JSON: {error.Message}", error);
        }
    }

    private void OpenShards(string folder, IEnumerable<string> files)
    {
        string[] needed = [.. files.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string[] missing = [.. needed.Where(file => !File.Exists(Path.Combine(folder, file)))];
        if (missing.Length > 0)
        {
            throw new CheckpointException(
                $"The index '{_name}' names {missing.Length} of {needed.Length} files that are not in '{folder}': "
                    + $"{KeyComparison.Shorten(missing)}. Download them into this folder."
            );
        }

        foreach (var file in needed)
        {
            _shards.Add(file, CheckpointFormats.Open(Path.Combine(folder, file)));
        }
    }

    private CheckpointException Absent(string tensor, string file) =>
        new($"The index '{_name}' says that '{tensor}' is in '{file}', but it is not: the files are of two versions.");
}
