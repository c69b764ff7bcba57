using System.Text;

namespace Lrp.Benchmarks.Cases;

/// <summary>Formats the cases as a list for the terminal.</summary>
internal static class CaseList
{
    /// <summary>
    /// One line per case: its name, the smallest runs that measure its time and its memory, and its baseline.
    /// </summary>
    public static string Of(IReadOnlyList<Group> groups)
    {
        var text = new StringBuilder();
        text.AppendLine(Line("case", "time", "memory", "against"));
        foreach (var group in groups)
        {
            foreach (var row in group.Cases)
            {
                text.AppendLine(Line(group.NameOf(row), From(group.Time, row), From(group.Memory, row), group.Plain));
            }
        }

        return text.ToString();
    }

    private static string From(Extent quantity, Case row) =>
        (quantity > row.From ? quantity : row.From).ToString().ToLowerInvariant();

    private static string Line(string name, string time, string memory, string plain) =>
        $"{name.PadRight(52)} {time.PadRight(8)} {memory.PadRight(8)} {plain}";
}
