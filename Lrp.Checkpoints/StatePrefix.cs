namespace Lrp.Checkpoints;

/// <summary>Finds what stands before the keys of a state dict in the names of a checkpoint.</summary>
internal static class StatePrefix
{
    public static string Find(Checkpoint checkpoint, IEnumerable<string> keys)
    {
        var wanted = keys.ToHashSet(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in checkpoint.Names)
        {
            foreach (var start in Starts(name))
            {
                if (wanted.Contains(name[start..]))
                {
                    var prefix = name[..start];
                    counts[prefix] = counts.GetValueOrDefault(prefix) + 1;
                }
            }
        }

        return Best(checkpoint, counts);
    }

    /// <summary>The text with the highest count; none at all if nothing was counted.</summary>
    public static string Best(Checkpoint checkpoint, IReadOnlyDictionary<string, int> counts)
    {
        if (counts.Count == 0)
        {
            return string.Empty;
        }

        var most = counts.Values.Max();
        string[] best = [.. counts.Where(pair => pair.Value == most).Select(pair => pair.Key)];
        if (best.Length == 1 || best.Contains(string.Empty, StringComparer.Ordinal))
        {
            return best.Length == 1 ? best[0] : string.Empty;
        }

        throw checkpoint.Fault(
            $"In the {checkpoint.Description}, {most} names of the model stand behind each of "
                + $"{KeyComparison.Shorten([.. best.Select(prefix => $"'{prefix}'")])}; say which is meant by the "
                + "argument prefix."
        );
    }

    // A key may begin where a name begins, or behind a dot or a slash.
    private static IEnumerable<int> Starts(string name)
    {
        yield return 0;
        for (var i = 1; i < name.Length; i++)
        {
            if (name[i - 1] is '.' or '/')
            {
                yield return i;
            }
        }
    }
}
