using System.Text;

namespace Lrp.Benchmarks.Cases;

/// <summary>The cases as a list for the terminal.</summary>
internal static class CaseList
{
    /// <summary>
    /// A line a case: its name, the smallest runs that measure its time and its memory, and what it is compared with.
    /// </summary>
    public static string Of(IReadOnlyList<Group> groups)
    {
        var text = new StringBuilder();
        text.AppendLine($"{"case",-52} {"time",-8} {"memory",-8} against");
        foreach (var group in groups)
        {
            foreach (var row in group.Cases)
            {
                text.AppendLine(
                    $"{group.NameOf(row),-52} {From(group.Time, row),-8} {From(group.Memory, row),-8} {group.Plain}");
            }
        }

        return text.ToString();
    }

    private static string From(Extent quantity, Case row) =>
        (quantity > row.From ? quantity : row.From).ToString().ToLowerInvariant();
}
