using System.Text;

namespace Lrp.Pictures;

/// <summary>Writes an explanation in the format of a file's extension.</summary>
internal static class ExplanationFiles
{
    public static void Save(
        string path,
        Func<string> html,
        Func<Picture> picture,
        Func<string> json,
        Func<string> terminal
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".HTML" or ".HTM":
                Write(path, html());
                break;
            case ".JSON":
                Write(path, json());
                break;
            case ".TXT":
                Write(path, terminal());
                break;
            case ".PNG" or ".JPG" or ".JPEG" or ".WEBP":
                picture().Save(path);
                break;
            default:
                throw new ArgumentException(
                    $"'{path}' has an unsupported extension; use .html, .png, .jpg, .webp, .json or .txt.",
                    nameof(path)
                );
        }
    }

    private static void Write(string path, string content)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllText(path, content, new UTF8Encoding(false));
    }
}
