using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>The small models of the reference cases, and copies of them that tests may damage.</summary>
internal static class Folders
{
    /// <summary>The folder of a model.</summary>
    public static string Of(string name) => Path.Combine(Repository.Root, "Lrp.Tests", "Golden", "transformers", name);

    /// <summary>A model in float64.</summary>
    public static Transformer Load(string name) => Transformer.Load(Of(name), ScalarType.Float64);

    /// <summary>A copy of a model's folder, without its cases.</summary>
    public static CopiedFolder Copy(string name) => new(Of(name));
}

/// <summary>A copy of a folder, gone after a test.</summary>
internal sealed class CopiedFolder : IDisposable
{
    public CopiedFolder(string source)
    {
        foreach (
            var file in Directory
                .GetFiles(source)
                .Where(file => !Path.GetFileName(file).StartsWith("case-", StringComparison.Ordinal))
        )
        {
            File.Copy(file, Of(Path.GetFileName(file)));
        }
    }

    public string FullPath { get; } = Directory.CreateTempSubdirectory("lrp-").FullName;

    public string Of(string file) => Path.Combine(FullPath, file);

    /// <summary>Replaces a text in config.json.</summary>
    public void Edit(string from, string to)
    {
        var config = File.ReadAllText(Of("config.json"));
        Assert.That(config, Does.Contain(from), "the config has what the test replaces");
        File.WriteAllText(Of("config.json"), config.Replace(from, to, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
