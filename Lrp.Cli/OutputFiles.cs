namespace Lrp.Cli;

/// <summary>The files of --out.</summary>
internal static class OutputFiles
{
    /// <summary>Fails for a file whose ending is not known.</summary>
    /// <param name="path">The file.</param>
    /// <param name="endings">The endings that are.</param>
    public static void Check(string path, IEnumerable<string> endings)
    {
        if (!endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            throw new BadInputException(
                $"--out '{path}' ends in no known format; there are {string.Join(", ", endings)}."
            );
        }
    }

    /// <summary>Creates the folder of a file.</summary>
    /// <returns>The file.</returns>
    public static string InExistingFolder(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return path;
    }
}
