namespace Lrp.Models;

/// <summary>The names of classes.</summary>
internal static class LabelNames
{
    /// <summary>The number of the class of a name.</summary>
    /// <exception cref="ArgumentException">There is none, or there are several.</exception>
    public static long PlaceOf(this IReadOnlyList<string> labels, string wanted)
    {
        List<long> found = [.. labels.Index().Where(own => own.Item == wanted).Select(own => (long)own.Index)];
        return found.Count switch
        {
            1 => found[0],
            0 => throw new ArgumentException(
                $"The model has no label '{wanted}'; it has {string.Join(", ", labels.Select(own => $"'{own}'"))}."
            ),
            _ => throw new ArgumentException(
                $"The classes {string.Join(" and ", found)} are both called '{wanted}': take its number, Target.Class "
                    + "of a text or Target.Token of a token."
            ),
        };
    }
}
