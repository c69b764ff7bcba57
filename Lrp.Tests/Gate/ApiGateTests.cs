using System.Reflection;
using TorchSharp;

namespace Lrp.Tests.Gate;

/// <summary>
/// A change that would not compile against the TorchSharp package fails here, on a machine without that package: the
/// compiled assemblies are held against the list of TorchSharp's public API.
/// </summary>
public class ApiGateTests
{
    private static readonly Assembly Runtime = typeof(torch).Assembly;

    [Test]
    public void LrpTorchHasNoPublicMemberThatTorchSharpLacks()
    {
        if (Runtime.GetName().Name != "Lrp.Torch")
        {
            Assert.Ignore("TorchSharp's package stands behind the API; Lrp.Torch is not built.");
        }

        Expect(PublicApiList.OfTorchSharp().Disagreements(PublicSurface.Of(Runtime.Location)));
    }

    [TestCase("Lrp.Core")]
    [TestCase("Lrp.Rules")]
    [TestCase("Lrp.Composites")]
    [TestCase("Lrp.Analysis")]
    public void LibraryUsesOnlyTorchSharpsPublicApi(string library) =>
        Expect(Gate().Disagreements(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, library + ".dll"))));

    [TestCaseSource(nameof(Programs))]
    public void ProgramUsesOnlyTorchSharpsPublicApi(string program) =>
        Expect(Gate().Disagreements(File.ReadAllBytes(Path.Combine(Repository(), program))));

    /// <summary>The examples and benchmarks that were built in the configuration of these tests.</summary>
    private static IEnumerable<string> Programs()
    {
        string output = Path.Combine("bin", Directory.GetParent(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))!.Name);
        return new[] { "examples", "benchmarks" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository(), folder), "*.csproj", SearchOption.AllDirectories))
            .Select(project => Path.Combine(Path.GetDirectoryName(project)!, output))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.runtimeconfig.json", SearchOption.AllDirectories))
            .Select(config => config.Replace(".runtimeconfig.json", ".dll", StringComparison.Ordinal))
            .Where(File.Exists)
            .Select(program => Path.GetRelativePath(Repository(), program));
    }

    internal static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Lrp.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("The tests do not lie below the folder of Lrp.sln.");
    }

    private static ApiGate Gate() =>
        new(PublicApiList.OfTorchSharp(), Runtime.GetName().Name!, PublicSurface.Of(Runtime.Location));

    private static void Expect(IEnumerable<string> disagreements)
    {
        var found = disagreements.ToList();
        Assert.That(found, Is.Empty, () => $"{found.Count} disagreements with TorchSharp's public API:{Environment.NewLine}{string.Join(Environment.NewLine, found)}");
    }
}
