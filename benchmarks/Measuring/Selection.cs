using Lrp.Benchmarks.Cases;

namespace Lrp.Benchmarks.Measuring;

/// <summary>Which measurements a run consists of.</summary>
internal static class Selection
{
    /// <summary>Chooses by extent, and by names where there are any.</summary>
    /// <param name="groups">All groups.</param>
    /// <param name="names">
    /// Names of cases, or parts of them between slashes such as <c>resnet18/batch1</c>: exactly these are measured,
    /// whatever run they belong to. None for all of the extent.
    /// </param>
    /// <param name="extent">How much to measure.</param>
    /// <returns>Time of all groups, then memory.</returns>
    /// <exception cref="ArgumentException">No case has one of the names.</exception>
    public static IReadOnlyList<Measurement> Of(IReadOnlyList<Group> groups, IReadOnlyList<string> names, Extent extent)
    {
        bool IsKnown(string name) => groups.Any(group => group.Cases.Any(row => Matches(group, row, name)));
        if (names.FirstOrDefault(name => !IsKnown(name)) is { } unknown)
        {
            throw new ArgumentException(
                $"No case is named '{unknown}', and none has it as a part between slashes. --list shows the names.");
        }

        return
        [
            .. from quantity in new[] { Quantity.Time, Quantity.Memory }
               from @group in groups
               let smallest = quantity == Quantity.Time ? @group.Time : @group.Memory
               let cases = @group.Cases.Where(row => names.Count > 0
                   ? names.Any(name => Matches(@group, row, name))
                   : row.From <= extent && smallest <= extent).ToList()
               where cases.Count > 0
               select new Measurement(@group, cases, quantity),
        ];
    }

    private static bool Matches(Group group, Case row, string name) =>
        $"/{group.NameOf(row)}/".Contains($"/{name.Trim('/')}/", StringComparison.OrdinalIgnoreCase);
}
