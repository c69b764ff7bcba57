namespace Lrp.Tests.Docs;

/// <summary>
/// Every snippet of the documentation compiles, so that no page shows what the library does not have.
/// </summary>
[TestFixture]
public sealed class SnippetTests
{
    private static IEnumerable<string> Pages() =>
        Directory
            .GetFiles(Path.Combine(Repository.Root, "docs"), "*.md")
            .Append(Path.Combine(Repository.Root, "README.md"))
            .Where(File.Exists)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<TestCaseData> Snippets() =>
        Pages()
            .SelectMany(page => Snippet.Of(Repository.Root, page))
            .Select(snippet => new TestCaseData(snippet).SetName($"{snippet} compiles"));

    [TestCaseSource(nameof(Snippets))]
    public void ASnippetCompiles(Snippet snippet)
    {
        var errors = SnippetCompiler.ErrorsIn(snippet);
        Assert.That(errors, Is.Empty, string.Join('\n', errors));
    }

    [Test]
    public void ASnippetThatDoesNotCompileIsFoundWithItsLine()
    {
        var errors = SnippetCompiler.ErrorsIn(
            new Snippet("docs/example.md", 40, "using System.Text;\n\nvar y = x + 1;\ny.no_such_thing();")
        );
        Assert.That(errors.Single(), Does.StartWith("docs/example.md:43: CS1061"));
    }

    [TestCaseSource(nameof(Pages))]
    public void CSharpBlocksAreMarkedTheOneWayThatIsCompiled(string page) =>
        Assert.That(
            File.ReadLines(Path.Combine(Repository.Root, page)).Select(line => line.Trim()),
            Has.None.Matches("^```(cs|c#|C#)$")
        );
}
