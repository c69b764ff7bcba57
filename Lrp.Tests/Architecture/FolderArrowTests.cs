using System.Text;
using System.Text.RegularExpressions;

namespace Lrp.Tests.Architecture;

/// <summary>Arrows between libraries and between the folders of one library run one way.</summary>
[TestFixture]
public sealed partial class FolderArrowTests
{
    private const string Page = "docs/architecture.md";
    private const string Begin = "<!-- drawn from the compiled libraries: ";
    private const string End = "<!-- end -->";

    private static IEnumerable<string> Libraries => AssemblyGraph.Libraries;

    private static IEnumerable<string> Drawn =>
        AssemblyGraph.Libraries.Where(library => AssemblyGraph.Namespaces(library).Count() > 1).Prepend("libraries");

    private static IEnumerable<string> SourceFolders() =>
        AssemblyGraph
            .Libraries.SelectMany(library =>
                Directory.GetDirectories(Path.Combine(Repository.Root, library), "*", SearchOption.AllDirectories)
            )
            .Select(folder => Path.GetRelativePath(Repository.Root, folder))
            .Where(folder => !folder.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    [Test]
    public void NoLibraryUsesItselfByAnyWay() =>
        Assert.That(AssemblyGraph.Cycle(AssemblyGraph.Libraries, AssemblyGraph.LibrariesUsedBy), Is.Empty);

    [TestCaseSource(nameof(Libraries))]
    public void NoFolderOfALibraryUsesItselfByAnyWay(string library)
    {
        var spaces = AssemblyGraph.Namespaces(library).ToList();
        Assert.That(AssemblyGraph.Cycle(spaces, space => AssemblyGraph.UsedBy(space).Where(spaces.Contains)), Is.Empty);
    }

    [TestCaseSource(nameof(SourceFolders))]
    public void AFolderHoldsMoreThanOneFile(string folder) =>
        Assert.That(Directory.GetFileSystemEntries(Path.Combine(Repository.Root, folder)), Has.Length.GreaterThan(1));

    [TestCaseSource(nameof(SourceFolders))]
    public void ANamespaceIsItsFolder(string folder)
    {
        var expected = $"namespace {folder.Replace(Path.DirectorySeparatorChar, '.')};";
        var wrong = Directory
            .GetFiles(Path.Combine(Repository.Root, folder), "*.cs")
            .Where(file => !File.ReadLines(file).Contains(expected));
        Assert.That(wrong, Is.Empty);
    }

    [TestCaseSource(nameof(Drawn))]
    public void ThePageShowsTheGraphAsItIs(string graph)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, Page));
        var begin = $"{Begin}{graph} -->\n";
        var start = page.IndexOf(begin, StringComparison.Ordinal);
        Assert.That(start, Is.GreaterThanOrEqualTo(0), $"{Page} has no picture of {graph}");
        start += begin.Length;
        var shown = page[start..page.IndexOf(End, start, StringComparison.Ordinal)];
        Assert.That(shown, Is.EqualTo(Picture(graph)), $"Put this into {Page}:\n{Picture(graph)}");
    }

    [Test]
    public void TheWayOfAConvolutionsRelevanceMeetsAtMostTenFilesEachOnce()
    {
        var files = File.ReadLines(Path.Combine(Repository.Root, Page))
            .Select(line => Step().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value)
            .ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(files, Has.Count.InRange(1, 10).And.Unique);
            Assert.That(files.Where(file => !File.Exists(Path.Combine(Repository.Root, file))), Is.Empty);
        }
    }

    private static string Picture(string graph)
    {
        var text = new StringBuilder("```mermaid\nflowchart TD\n");
        if (graph == "libraries")
        {
            foreach (var library in AssemblyGraph.Libraries)
            {
                Append(text, library, AssemblyGraph.LibrariesUsedBy(library), name => name);
            }
        }
        else
        {
            var spaces = AssemblyGraph.Namespaces(graph).ToList();
            foreach (var space in spaces)
            {
                Append(
                    text,
                    space,
                    AssemblyGraph.UsedBy(space).Where(spaces.Contains),
                    name => name == graph ? "root" : name[(graph.Length + 1)..]
                );
            }
        }

        return text.Append("```\n").ToString();
    }

    private static void Append(StringBuilder text, string from, IEnumerable<string> to, Func<string, string> name)
    {
        var targets = string.Join(" & ", to.Select(name));
        text.Append("    ").Append(name(from));
        text.Append(targets.Length == 0 ? "" : $" --> {targets}").Append('\n');
    }

    [GeneratedRegex(@"^\d+\. `([^`]+)`")]
    private static partial Regex Step();
}
