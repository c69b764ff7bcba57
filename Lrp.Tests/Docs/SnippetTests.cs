namespace Lrp.Tests.Docs;

/// <summary>Every snippet of the documentation compiles, so that no page shows what the library does not have.</summary>
[TestFixture]
public sealed class SnippetTests
{
    private static IEnumerable<string> Pages() =>
        Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"))
            .Where(File.Exists)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<TestCaseData> Snippets() =>
        Pages().SelectMany(page => Snippet.Of(Repository.Root, page)).Select(snippet => new TestCaseData(snippet).SetName($"{snippet} compiles"));

    [TestCaseSource(nameof(Snippets))]
    public void A_snippet_compiles(Snippet snippet)
    {
        IReadOnlyList<string> errors = SnippetCompiler.ErrorsIn(snippet);
        Assert.That(errors, Is.Empty, string.Join('\n', errors));
    }

    [Test]
    public void A_snippet_that_does_not_compile_is_found_with_its_line()
    {
        IReadOnlyList<string> errors = SnippetCompiler.ErrorsIn(new Snippet("docs/example.md", 40, "using System.Text;\n\nvar y = x + 1;\ny.no_such_thing();"));
        Assert.That(errors.Single(), Does.StartWith("docs/example.md:43: CS1061"));
    }

    [TestCaseSource(nameof(Pages))]
    public void C_sharp_blocks_are_marked_the_one_way_that_is_compiled(string page) =>
        Assert.That(File.ReadLines(Path.Combine(Repository.Root, page)).Select(line => line.Trim()), Has.None.Matches("^```(cs|c#|C#)$"));

    [TestCaseSource(nameof(Pages))]
    public void Links_to_files_of_the_repository_lead_somewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        IEnumerable<string> links = System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, page)), @"\]\(([^)#\s]+)")
            .Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal));
        Assert.That(links.Where(link => !Path.Exists(Path.Combine(folder, link))), Is.Empty);
    }
}
