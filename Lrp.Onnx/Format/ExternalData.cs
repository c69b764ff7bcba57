using System.Globalization;

namespace Lrp.Onnx.Format;

/// <summary>
/// The files with tensors beside a model. Only files inside the model's folder are ever opened, also by way of links.
/// </summary>
/// <param name="folder">The model's folder.</param>
internal sealed unsafe class ExternalData(string folder) : IDisposable
{
    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);

    /// <summary>The bytes of a tensor.</summary>
    /// <param name="entries">What the file says about the place.</param>
    /// <param name="size">The bytes that the tensor has.</param>
    /// <param name="what">The tensor, for messages.</param>
    public byte* Find(IReadOnlyDictionary<string, string> entries, long size, string what)
    {
        if (!entries.TryGetValue("location", out var location) || location.Length == 0)
        {
            throw new OnnxExternalDataException($"{what} is in another file, and the model does not name the file.");
        }

        var offset = Number(entries, "offset", what) ?? 0;
        var length = Number(entries, "length", what) ?? size;
        if (length != size)
        {
            throw new OnnxExternalDataException(
                $"{what} needs {size} bytes, but the model says that it has {length} in '{location}'."
            );
        }

        var file = Open(location, what);
        return offset <= file.Length - size
            ? file.Start + offset
            : throw new OnnxExternalDataException(
                $"{what} is at bytes {offset} to {(UInt128)offset + (UInt128)size} of '{location}', which has "
                    + $"{file.Length} bytes."
            );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }

        _files.Clear();
    }

    private static long? Number(IReadOnlyDictionary<string, string> entries, string key, string what) =>
        !entries.TryGetValue(key, out var text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new OnnxExternalDataException(
            $"{what} has the {key} '{text}' in another file, which is no number of bytes."
        );

    private MappedFile Open(string location, string what)
    {
        if (_files.TryGetValue(location, out var open))
        {
            return open;
        }

        var path = Inside(location, what);
        if (Directory.Exists(path))
        {
            throw new OnnxExternalDataException($"{what} is said to be in '{location}', which is a folder.");
        }

        if (!File.Exists(path))
        {
            throw new OnnxExternalDataException(
                $"{what} is in '{location}', which is not beside the model; copy that file into {folder} too."
            );
        }

        try
        {
            return _files[location] = new MappedFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OnnxExternalDataException(
                $"{what} is in '{location}', which cannot be read: {exception.Message}"
            );
        }
    }

    /// <summary>The path of a file in the model's folder, or below it.</summary>
    private string Inside(string location, string what)
    {
        var parts = location.Split('/');
        var isPlain =
            !location.Contains('\\', StringComparison.Ordinal)
            && !location.Contains(':', StringComparison.Ordinal)
            && !location.Contains('\0', StringComparison.Ordinal)
            && !Path.IsPathRooted(location)
            && !parts.Contains("..");
        if (isPlain)
        {
            var path = folder;
            foreach (var part in parts.Where(part => part is not ("" or ".")))
            {
                path = Path.Combine(path, part);
                isPlain &= !IsLinkOutside(path);
            }

            if (isPlain)
            {
                return path;
            }
        }

        throw new OnnxExternalDataException(
            $"{what} is said to be in '{location}', which is not inside the model's folder; nothing else is opened."
        );
    }

    private bool IsLinkOutside(string path)
    {
        FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (entry.LinkTarget is null)
        {
            return false;
        }

        var target = entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        return !target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
