namespace Lrp.Tests.Gate;

/// <summary>TorchSharp's public API, a member a line, as <c>Data/public-api-0.107.0.txt</c> lists it.</summary>
internal sealed class PublicApiList
{
    private readonly HashSet<string> lines;
    private readonly ILookup<string, string> byName;
    private readonly ILookup<string, string> byOwner;

    public PublicApiList(IEnumerable<string> lines)
    {
        this.lines = lines.Where(line => line.Length > 0).Select(Normalised).ToHashSet(StringComparer.Ordinal);
        byName = this.lines.ToLookup(QualifiedName, StringComparer.Ordinal);
        byOwner = this.lines.ToLookup(line => OwnerOf(QualifiedName(line)), StringComparer.Ordinal);
    }

    /// <summary>The list that lies beside the tests.</summary>
    public static PublicApiList OfTorchSharp() =>
        new(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "public-api-0.107.0.txt")));

    /// <summary>The lines, each type's bases sorted.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    /// <summary>
    /// What is wrong with a public surface: members the list lacks, and abstract members of a listed type that it lacks,
    /// without which a user's subclass would compile here and not there. A sentence each; empty when it agrees.
    /// </summary>
    public IEnumerable<string> Disagreements(IReadOnlyList<ApiMember> surface)
    {
        foreach (var member in surface.Where(member => !Has(member.Line)))
        {
            yield return NotListed(member.Line);
        }

        var present = surface.Select(member => Normalised(member.Line)).ToHashSet(StringComparer.Ordinal);
        foreach (string owner in surface.Select(member => member.Owner).Distinct())
        {
            bool whole = present.Any(line => line == owner + " : interface" || line.StartsWith(owner + " : interface :", StringComparison.Ordinal));
            foreach (string line in byOwner[owner].Where(line => QualifiedName(line) != owner))
            {
                bool required = (whole && !IsType(line)) || line.Contains(") : abstract ", StringComparison.Ordinal) || line.Contains(") : protected abstract ", StringComparison.Ordinal);
                if (required && !present.Contains(line))
                {
                    yield return $"missing: {line}";
                }
            }
        }
    }

    /// <summary>Whether the list has exactly this line.</summary>
    public bool Has(string line) => lines.Contains(Normalised(line));

    /// <summary>Says that a line is not on the list, with the entry nearest to it.</summary>
    public string NotListed(string line)
    {
        string name = QualifiedName(line);
        string? nearest = byName[name].MinBy(entry => Distance(entry, line))
            ?? byOwner[OwnerOf(name)].Where(entry => !IsType(entry)).MinBy(entry => Distance(QualifiedName(entry), name));
        return $"not on the list: {line}{Environment.NewLine}    nearest entry:   {nearest ?? $"none; nothing of {OwnerOf(name)} is listed"}";
    }

    /// <summary>The part before parameters, accessors, value and kind: <c>Owner.name</c>.</summary>
    internal static string QualifiedName(string line)
    {
        int end = line.Length;
        foreach (string mark in new[] { "(", "[", " {", " : ", " = " })
        {
            int at = line.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0 && at < end)
            {
                end = at;
            }
        }

        return line[..end];
    }

    private static string OwnerOf(string qualifiedName)
    {
        if (qualifiedName.EndsWith("..ctor", StringComparison.Ordinal))
        {
            return qualifiedName[..^"..ctor".Length];
        }

        int depth = 0;
        for (int i = qualifiedName.Length - 1; i >= 0; i--)
        {
            depth += qualifiedName[i] switch { '>' => 1, '<' => -1, _ => 0 };
            if (qualifiedName[i] == '.' && depth == 0)
            {
                return qualifiedName[..i];
            }
        }

        return "";
    }

    /// <summary>Whether a line is a type's own.</summary>
    internal static bool IsType(string line) =>
        Kinds.Any(kind => line.Length > QualifiedName(line).Length && line[QualifiedName(line).Length..] is var rest
            && (rest == " : " + kind || rest.StartsWith(" : " + kind + " : ", StringComparison.Ordinal)));

    private static readonly string[] Kinds =
        ["class", "sealed class", "abstract class", "static class", "struct", "enum", "interface", "delegate"];

    /// <summary>A type's line with its bases sorted, since the order of interfaces has no meaning; other lines as they are.</summary>
    private static string Normalised(string line)
    {
        if (!IsType(line))
        {
            return line;
        }

        int bases = line.IndexOf(" : ", QualifiedName(line).Length + 3, StringComparison.Ordinal);
        return bases < 0 ? line : line[..(bases + 3)] + string.Join(", ", SplitTopLevel(line[(bases + 3)..]).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> SplitTopLevel(string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '<' => 1, '>' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        yield return text[start..].Trim();
    }

    /// <summary>The edit distance of Levenshtein.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
