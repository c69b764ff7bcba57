using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>Loads a module's parameters and buffers from a checkpoint.</summary>
public static class CheckpointLoading
{
    /// <summary>Loads a module's parameters and buffers from a file or folder.</summary>
    /// <param name="module">
    /// The module. It stays on its device and keeps its element types; the values are converted.
    /// </param>
    /// <param name="path">A path that <see cref="Checkpoint.Open"/> takes.</param>
    /// <param name="strict">
    /// Whether the file must have exactly the module's state dict keys. Shapes must always agree.
    /// </param>
    /// <param name="prefix">
    /// What stands before the module's keys in the file; names without it are left alone. If it is null, it is found
    /// (<see cref="Checkpoint.FindPrefix"/>), and names of the same dict without it are unknown to the module.
    /// </param>
    /// <param name="rename">
    /// Maps a name in the file, without the prefix, to the module's key, or to null to skip the tensor. If it is given,
    /// only the dict that holds the names is found by itself.
    /// </param>
    /// <returns>The keys missing in the file and the keys unknown to the module; both are empty if strict.</returns>
    /// <exception cref="CheckpointException">
    /// The file is damaged or no container of tensors, or names or shapes differ; the message lists them, and the
    /// module is not changed.
    /// </exception>
    public static (IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected) LoadCheckpoint(
        this nn.Module module,
        string path,
        bool strict = true,
        string? prefix = null,
        Func<string, string?>? rename = null
    )
    {
        using var checkpoint = Checkpoint.Open(path);
        return module.LoadCheckpoint(checkpoint, strict, prefix, rename);
    }

    /// <summary>Loads a module's parameters and buffers from an open checkpoint.</summary>
    /// <param name="module">
    /// The module. It stays on its device and keeps its element types; the values are converted.
    /// </param>
    /// <param name="checkpoint">The checkpoint, which stays open.</param>
    /// <param name="strict">
    /// Whether the file must have exactly the module's state dict keys. Shapes must always agree.
    /// </param>
    /// <param name="prefix">
    /// What stands before the module's keys in the file; names without it are left alone. If it is null, it is found
    /// (<see cref="Checkpoint.FindPrefix"/>), and names of the same dict without it are unknown to the module.
    /// </param>
    /// <param name="rename">
    /// Maps a name in the file, without the prefix, to the module's key, or to null to skip the tensor. If it is given,
    /// only the dict that holds the names is found by itself.
    /// </param>
    /// <returns>The keys missing in the file and the keys unknown to the module; both are empty if strict.</returns>
    /// <exception cref="CheckpointException">
    /// Names or shapes differ, or values are damaged; the message lists them, and the module is not changed.
    /// </exception>
    public static (IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected) LoadCheckpoint(
        this nn.Module module,
        Checkpoint checkpoint,
        bool strict = true,
        string? prefix = null,
        Func<string, string?>? rename = null
    )
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(checkpoint);
        var state = module.state_dict();
        var entries = prefix is null ? Found(checkpoint, state, rename) : Under(checkpoint, prefix, rename);
        var comparison = new KeyComparison(state, entries);
        comparison.ThrowIfDifferent(checkpoint, module.GetName(), strict);
        (CheckpointEntry Entry, Tensor Destination)[] pairs =
        [
            .. entries
                .Where(pair => state.ContainsKey(pair.Key))
                .Select(pair => (checkpoint.Checked(pair.Value.Name), state[pair.Key])),
        ];
        foreach (var (entry, destination) in pairs)
        {
            checkpoint.Copy(entry, destination);
        }

        return (comparison.Missing, comparison.Unexpected);
    }

    // The dict in the file that holds the most of the module's keys. What of it does not begin with the prefix keeps
    // its name, so that it is listed as unknown.
    private static Dictionary<string, CheckpointEntry> Found(
        Checkpoint checkpoint,
        Dictionary<string, Tensor> state,
        Func<string, string?>? rename
    )
    {
        var prefix = rename is null
            ? StatePrefix.Find(checkpoint, state.Keys)
            : StatePrefix.Best(checkpoint, CountRenamed(checkpoint, state, rename));
        var holders = checkpoint
            .Entries.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Where(entry => state.ContainsKey(Key(entry.Name[prefix.Length..], rename) ?? string.Empty))
            .Select(entry => entry.Container)
            .ToHashSet(StringComparer.Ordinal);
        return Keyed(
            checkpoint,
            checkpoint.Entries.Where(entry => holders.Count == 0 || holders.Contains(entry.Container)),
            prefix,
            rename
        );
    }

    private static Dictionary<string, CheckpointEntry> Under(
        Checkpoint checkpoint,
        string prefix,
        Func<string, string?>? rename
    ) =>
        Keyed(
            checkpoint,
            checkpoint.Entries.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)),
            prefix,
            rename
        );

    private static Dictionary<string, int> CountRenamed(
        Checkpoint checkpoint,
        Dictionary<string, Tensor> state,
        Func<string, string?> rename
    ) =>
        checkpoint
            .Entries.Where(entry => rename(entry.Name[entry.Container.Length..]) is { } key && state.ContainsKey(key))
            .GroupBy(entry => entry.Container, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);

    private static Dictionary<string, CheckpointEntry> Keyed(
        Checkpoint checkpoint,
        IEnumerable<CheckpointEntry> entries,
        string prefix,
        Func<string, string?>? rename
    )
    {
        var keyed = new Dictionary<string, CheckpointEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var local = entry.Name.StartsWith(prefix, StringComparison.Ordinal)
                ? entry.Name[prefix.Length..]
                : entry.Name;
            var key = Key(local, rename);
            if (key is not null && !keyed.TryAdd(key, entry))
            {
                throw checkpoint.Fault($"Both '{keyed[key].Name}' and '{entry.Name}' were renamed to '{key}'.");
            }
        }

        return keyed;
    }

    private static string? Key(string name, Func<string, string?>? rename) => rename is null ? name : rename(name);
}
