using System.Reflection;
using PublicApiGenerator;

namespace Lrp.Tests.Architecture;

/// <summary>
/// What each library shows to its users lies in the repository as a text, so that a change of it is seen in a diff.
/// </summary>
[TestFixture]
public sealed class PublicApiTests
{
    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    private static IEnumerable<string> Libraries => AssemblyGraph.Libraries;

    [TestCaseSource(nameof(Libraries))]
    public void ThePublicSurfaceIsTheOneInTheRepository(string library)
    {
        var accepted = Path.Combine(Repository.Root, "Lrp.Tests", "Api", $"{library}.txt");
        var received = Path.ChangeExtension(accepted, ".received.txt");
        var surface = Assembly.Load(library).GeneratePublicApi(Options).ReplaceLineEndings("\n") + "\n";
        if (File.Exists(accepted) && File.ReadAllText(accepted) == surface)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, surface);
        Assert.Fail(
            $"The public surface of {library} has changed. Compare, and accept the change by\n"
                + $"    mv Lrp.Tests/Api/{library}.received.txt Lrp.Tests/Api/{library}.txt"
        );
    }
}
