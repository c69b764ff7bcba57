namespace Lrp.Core;

/// <summary>The message for a module name that a model does not have.</summary>
internal static class UnknownName
{
    /// <summary>Names what is unknown and the names that come closest.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>A sentence.</returns>
    public static string Message(string name, IEnumerable<string> known)
    {
        var near = known
            .Where(candidate => candidate.Length > 0)
            .OrderBy(candidate => Distance(name, candidate))
            .Take(4)
            .Select(candidate => $"'{candidate}'")
            .ToList();
        return near.Count == 0
            ? $"The model has no module named '{name}': it has no submodules."
            : $"The model has no module named '{name}'. The closest names are {string.Join(", ", near)}.";
    }

    /// <summary>The Levenshtein distance.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substituted = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
