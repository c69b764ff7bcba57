using System.Text.Json;
using Lrp.Models.Tokenizers;

namespace Lrp.Tests.Tokenizers;

/// <summary>A folder of reference cases: a tokenizer's files, and cases.json beside them.</summary>
internal sealed record TokenizerCases(string Folder)
{
    private const string FoldersVariable = "LRP_GOLDEN";
    private const string File = "cases.json";

    private readonly Lazy<JsonElement> _root = new(() => Read(Path.Combine(Folder, File)));
    private readonly Lazy<Tokenizer> _tokenizer = new(() => Tokenizer.Load(Folder));

    /// <summary>The folders beside the tests, and those under the folders that LRP_GOLDEN names.</summary>
    public static IReadOnlyList<TokenizerCases> All { get; } =
    [
        .. (Environment.GetEnvironmentVariable(FoldersVariable) ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Prepend(Path.Combine(AppContext.BaseDirectory, "Golden"))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, File, SearchOption.AllDirectories))
            .Select(file => Path.GetDirectoryName(file)!)
            .Where(folder => System.IO.File.Exists(Path.Combine(folder, "tokenizer.json")))
            .Order(StringComparer.Ordinal)
            .Select(folder => new TokenizerCases(folder)),
    ];

    public string Name => Path.GetFileName(Folder);

    public Tokenizer Tokenizer => _tokenizer.Value;

    public JsonElement Root => _root.Value;

    public IEnumerable<JsonElement> List(string name) => Root.GetProperty(name).EnumerateArray();

    public override string ToString() => Name;

    private static JsonElement Read(string path)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}
