namespace Lrp.Cli;

/// <summary>The files of --out.</summary>
internal static class OutputFiles
{
    /// <summary>Fails for a file whose ending is not known, or that cannot be written; creates its folder.</summary>
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

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var exists = File.Exists(path);
            File.Open(path, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
            if (!exists)
            {
                File.Delete(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"--out '{path}' cannot be written: choose another place.", exception);
        }
    }
}
