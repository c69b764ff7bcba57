using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>
/// Every reference case in this folder, and in the folders that the environment variable LRP_GOLDEN names, agrees with
/// the implementation it came from.
/// </summary>
[TestFixture]
public sealed class GoldenTests
{
    private const string FoldersVariable = "LRP_GOLDEN";

    private static readonly Dictionary<string, IGoldenRunner> Runners = typeof(GoldenTests)
        .Assembly.GetTypes()
        .Where(type =>
            typeof(IGoldenRunner).IsAssignableFrom(type) && type is { IsAbstract: false, IsInterface: false }
        )
        .Select(type => (IGoldenRunner)Activator.CreateInstance(type)!)
        .SelectMany(runner => runner.Kinds.Select(kind => (kind, runner)))
        .ToDictionary(entry => entry.kind, entry => entry.runner);

    [TestCaseSource(nameof(Cases))]
    public void CaseAgrees(string path)
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase(path);
        if (!Runners.TryGetValue(golden.Kind, out var runner))
        {
            Assert.Ignore($"Cases of kind '{golden.Kind}' are not implemented.");
            return;
        }

        try
        {
            runner.Run(golden);
        }
        catch (NotSupportedException exception)
        {
            Assert.Ignore(exception.Message);
        }
    }

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (var folder in Folders())
        {
            foreach (
                var path in Directory
                    .EnumerateFiles(folder, "*.safetensors", SearchOption.AllDirectories)
                    .Where(GoldenCase.IsCase)
                    .Order(StringComparer.Ordinal)
            )
            {
                var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
                yield return new TestCaseData(path).SetName($"{{m}}({name[..^".safetensors".Length]})");
            }
        }
    }

    internal static IEnumerable<string> Folders()
    {
        yield return Path.Combine(AppContext.BaseDirectory, "Golden");
        var named = Environment.GetEnvironmentVariable(FoldersVariable) ?? "";
        foreach (
            var folder in named.Split(
                Path.PathSeparator,
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
        )
        {
            yield return Directory.Exists(folder)
                ? folder
                : throw new DirectoryNotFoundException($"{FoldersVariable} names {folder}, which is not a folder.");
        }
    }
}
