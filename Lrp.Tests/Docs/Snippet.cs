using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lrp.Tests.Docs;

/// <summary>One <c>```csharp</c> block of a page.</summary>
/// <param name="Page">The page's path from the repository's root.</param>
/// <param name="Line">The line of its first line of code, counted from 1.</param>
/// <param name="Code">The code.</param>
public sealed partial record Snippet(string Page, int Line, string Code)
{
    /// <summary>The blocks of a page, in order.</summary>
    public static IEnumerable<Snippet> Of(string root, string page)
    {
        var lines = File.ReadAllLines(Path.Combine(root, page));
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() is not "```csharp")
            {
                continue;
            }

            var end = Array.FindIndex(lines, i + 1, line => line.Trim() == "```");
            yield return new Snippet(page, i + 2, string.Join('\n', lines[(i + 1)..end]));
            i = end;
        }
    }

    /// <summary>
    /// A program that a compiler takes: the block's using directives first, its statements and types after them.
    /// </summary>
    public string ToProgram()
    {
        var lines = Code.Split('\n');
        var program = new StringBuilder();
        var i = 0;
        for (; i < lines.Length && (lines[i].Trim().Length == 0 || UsingDirective().IsMatch(lines[i])); i++)
        {
            program.Append(lines[i]).Append('\n');
        }

        program
            .Append(CultureInfo.InvariantCulture, $"#line {Line + i} \"{Page}\"\n")
            .Append(string.Join('\n', lines[i..]))
            .Append('\n');
        return program.ToString();
    }

    /// <summary>Where it stands: <c>docs/getting-started.md:12</c>.</summary>
    public override string ToString() => $"{Page}:{Line}";

    [GeneratedRegex(@"^\s*using\s+(static\s+)?[\w.]+(\s*=\s*[\w.]+)?;")]
    private static partial Regex UsingDirective();
}
