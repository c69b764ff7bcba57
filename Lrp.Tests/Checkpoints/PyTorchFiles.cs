using System.Text.Json;
using Lrp.Tests.Golden;

namespace Lrp.Tests.Checkpoints;

/// <summary>
/// The files that PyTorch wrote, each with a description of what is in it, here and in the folders that the
/// environment variable LRP_GOLDEN names.
/// </summary>
internal static class PyTorchFiles
{
    public static IEnumerable<TestCaseData> ToLoad() => Cases("load");

    public static IEnumerable<TestCaseData> ToRefuse() => Cases("refuse");

    /// <summary>The path of a file that is in the repository.</summary>
    public static string Path(string name) =>
        System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", "checkpoints", $"{name}.pth");

    /// <summary>What is said about a file.</summary>
    public static JsonElement Descriptor(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.ChangeExtension(path, ".json")));
        return document.RootElement.Clone();
    }

    private static IEnumerable<TestCaseData> Cases(string expect)
    {
        foreach (var folder in GoldenTests.Folders())
        {
            foreach (
                var path in Directory
                    .EnumerateFiles(folder, "*.pth", SearchOption.AllDirectories)
                    .Where(path => File.Exists(System.IO.Path.ChangeExtension(path, ".json")))
                    .Where(path => Descriptor(path).GetProperty("expect").GetString() == expect)
                    .Order(StringComparer.Ordinal)
            )
            {
                var name = System.IO.Path.GetRelativePath(folder, path).Replace('\\', '/');
                yield return new TestCaseData(path).SetName($"{{m}}({name})");
            }
        }
    }
}
