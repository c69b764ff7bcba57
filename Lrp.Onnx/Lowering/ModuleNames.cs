namespace Lrp.Onnx.Lowering;

/// <summary>
/// Names of modules. TorchSharp joins the names of nested modules by dots, so that a node's name with dots in it is a
/// path of modules.
/// </summary>
internal static class ModuleNames
{
    /// <summary>
    /// The parts with names that can be paths; where two cannot be together, dots become underscores.
    /// </summary>
    public static IReadOnlyList<Part> Assign(IReadOnlyList<Part> parts)
    {
        var names = parts
            .Where(part => part.Module is not null)
            .Select(part => part.Name)
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. parts.Select(part =>
                part.Module is null || IsPath(part.Name, names) ? part : part with { Name = Plain(part.Name, names) }
            ),
        ];
    }

    private static bool IsPath(string name, HashSet<string> names)
    {
        var segments = name.Split('.');
        return segments.All(segment => segment.Length > 0)
            && !Enumerable.Range(1, segments.Length - 1).Any(k => names.Contains(string.Join('.', segments[..k])));
    }

    private static string Plain(string name, HashSet<string> names)
    {
        var plain = name.Replace('.', '_');
        plain = plain.Length == 0 ? "_" : plain;
        while (!names.Add(plain))
        {
            plain += "_";
        }

        return plain;
    }
}
