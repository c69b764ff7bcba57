namespace Lrp.Tests.Architecture;

/// <summary>What the formatters leave open.</summary>
[TestFixture]
public sealed class StyleTests
{
    private const int LongestLine = 120;

    private static IEnumerable<string> Sources() =>
        Directory
            .EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "out"));

    /// <summary>Raw strings (styles, tables, cases) keep the lines of what they hold.</summary>
    [Test]
    public void NoLineIsLongerThanTheEditorConfigSays() =>
        Assert.That(Lines().Where(line => line.Text.Length > LongestLine).Select(line => line.Where), Is.Empty);

    [Test]
    public void AStatementCountsByPostfixOperators() =>
        Assert.That(
            Lines()
                .Where(line => line.Text.Contains("; " + "++", StringComparison.Ordinal))
                .Concat(Lines().Where(IsPrefixStatement))
                .Select(line => line.Where),
            Is.Empty
        );

    private static bool IsPrefixStatement((string Where, string Text) line) =>
        line.Text.TrimStart() is ['+', '+', ..] or ['-', '-', ..] && line.Text.EndsWith(';');

    private static IEnumerable<(string Where, string Text)> Lines()
    {
        foreach (var file in Sources())
        {
            var raw = false;
            var number = 0;
            foreach (var line in File.ReadLines(Path.Combine(Repository.Root, file)))
            {
                number++;
                var quotes = line.Split("\"\"\"").Length - 1;
                if (!raw && quotes == 0)
                {
                    yield return ($"{file}:{number}", line);
                }

                raw ^= quotes % 2 == 1;
            }
        }
    }
}
