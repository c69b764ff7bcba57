using Lrp.Benchmarks.Cases;

namespace Lrp.Benchmarks.Measuring;

/// <summary>Chooses the measurements of a run.</summary>
internal static class Selection
{
    /// <summary>Chooses measurements by names if there are any, otherwise by extent.</summary>
    /// <param name="groups">All groups.</param>
    /// <param name="names">
    /// Names of cases, or parts of names between slashes such as <c>resnet18/batch1</c>. Exactly these cases are
    /// measured, whatever run they belong to. If empty, all cases of the extent are measured.
    /// </param>
    /// <param name="extent">The extent of the run.</param>
    /// <returns>First the time of all groups, then the memory.</returns>
    /// <exception cref="ArgumentException">A name matches no case.</exception>
    public static IReadOnlyList<Measurement> Of(IReadOnlyList<Group> groups, IReadOnlyList<string> names, Extent extent)
    {
        bool IsKnown(string name) => groups.Any(group => group.Cases.Any(row => Matches(group, row, name)));
        if (names.FirstOrDefault(name => !IsKnown(name)) is { } unknown)
        {
            throw new ArgumentException(
                $"No case has the name '{unknown}' or a part of that name between slashes. --list shows the names."
            );
        }

        return
        [
            .. from quantity in new[] { Quantity.Time, Quantity.Memory }
            from @group in groups
            let smallest = quantity == Quantity.Time ? @group.Time : @group.Memory
            let cases = @group
                .Cases.Where(row =>
                    names.Count > 0
                        ? names.Any(name => Matches(@group, row, name))
                        : row.From <= extent && smallest <= extent
                )
                .ToList()
            where cases.Count > 0
            select new Measurement(@group, cases, quantity),
        ];
    }

    private static bool Matches(Group group, Case row, string name) =>
        $"/{group.NameOf(row)}/".Contains($"/{name.Trim('/')}/", StringComparison.OrdinalIgnoreCase);
}
