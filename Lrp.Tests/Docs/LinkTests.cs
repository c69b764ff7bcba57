using System.Text.RegularExpressions;

namespace Lrp.Tests.Docs;

/// <summary>Every link of a page to a file of the repository, or to a heading of a page, leads somewhere.</summary>
[TestFixture]
public sealed partial class LinkTests
{
    private static IEnumerable<string> Pages() =>
        Directory
            .GetFiles(Path.Combine(Repository.Root, "docs"), "*.md")
            .Concat(Directory.GetFiles(Repository.Root, "*.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Pages))]
    public void LinksLeadToFilesAndHeadingsThatExist(string page) =>
        Assert.That(Links(page).Where(link => !LeadsSomewhere(page, link)), Is.Empty);

    [TestCaseSource(nameof(Pages))]
    public void AddressesOfOtherSitesAreComplete(string page) =>
        Assert.That(
            Links(page).Where(link => link.Contains("://", StringComparison.Ordinal)),
            Has.All.Matches<string>(link => Uri.IsWellFormedUriString(link, UriKind.Absolute))
        );

    private static IEnumerable<string> Links(string page) =>
        Link().Matches(WithoutCode(page)).Select(match => match.Groups[1].Value);

    private static string WithoutCode(string page) =>
        Code().Replace(File.ReadAllText(Path.Combine(Repository.Root, page)), "");

    private static bool LeadsSomewhere(string page, string link)
    {
        if (link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal))
        {
            return true;
        }

        var parts = link.Split('#');
        var target = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page) ?? "", parts[0]);
        return Path.Exists(Path.Combine(Repository.Root, target))
            && (parts.Length == 1 || Headings(target).Contains(parts[1]));
    }

    /// <summary>A page's headings as GitHub makes anchors of them.</summary>
    private static IEnumerable<string> Headings(string page) =>
        Heading()
            .Matches(WithoutCode(page))
            .Select(match => match.Groups[1].Value.Trim().ToLowerInvariant())
            .Select(heading => NotInAnchor().Replace(heading, "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
