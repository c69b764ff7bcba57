using static TorchSharp.torch;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>The patches of an image, row by row, and which of them are neighbours.</summary>
internal sealed class PatchGrid(int height, int width, int size)
{
    public int Rows { get; } = (height + size - 1) / size;

    public int Columns { get; } = (width + size - 1) / size;

    public int Count => Rows * Columns;

    /// <summary>The number of the patch of each entry, in the image's shape.</summary>
    public Tensor UnitOf(Tensor image)
    {
        using var scope = NewDisposeScope();
        var rows = arange(height, ScalarType.Int64, image.device).div(size, RoundingMode.floor).unsqueeze(1);
        var columns = arange(width, ScalarType.Int64, image.device).div(size, RoundingMode.floor).unsqueeze(0);
        return (rows * Columns + columns).expand(image.shape).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Gives all connected patches one number, from 1 in reading order; patches that touch at a corner are connected.
    /// </summary>
    public int[] Connected(bool[] chosen)
    {
        var components = new int[Count];
        var last = 0;
        for (var seed = 0; seed < Count; seed++)
        {
            if (!chosen[seed] || components[seed] > 0)
            {
                continue;
            }

            components[seed] = ++last;
            var open = new Stack<int>([seed]);
            while (open.TryPop(out var patch))
            {
                foreach (var near in Around(patch, corners: true).Where(near => chosen[near] && components[near] == 0))
                {
                    components[near] = last;
                    open.Push(near);
                }
            }
        }

        return components;
    }

    /// <summary>
    /// Gives each region the number that it had before. A region that formed from several keeps the smallest of their
    /// numbers; a new region gets an unused number.
    /// </summary>
    public int[] Correspond(int[]? before, int[] components)
    {
        if (before is null)
        {
            return components;
        }

        var names = new Dictionary<int, int>();
        var used = new HashSet<int>();
        foreach (var number in components.Where(number => number > 0).Distinct().Order())
        {
            var old = Enumerable
                .Range(0, Count)
                .Where(k => components[k] == number && before[k] > 0)
                .Select(k => before[k])
                .ToList();
            if (old.Count > 0 && used.Add(old.Min()))
            {
                names[number] = old.Min();
            }
        }

        foreach (
            var number in components
                .Where(number => number > 0)
                .Distinct()
                .Order()
                .Where(number => !names.ContainsKey(number))
        )
        {
            var free = Enumerable
                .Range(1, int.MaxValue - 1)
                .First(candidate => !used.Contains(candidate) && !before.Contains(candidate));
            used.Add(free);
            names[number] = free;
        }

        return [.. components.Select(number => number == 0 ? 0 : names[number])];
    }

    /// <summary>The patches next to a region, without those that touch it only at a corner.</summary>
    public IEnumerable<int> Border(IReadOnlyCollection<int> region) =>
        region.SelectMany(patch => Around(patch, corners: false)).Distinct().Except(region).Order();

    /// <summary>
    /// The chosen patches, the added ones, and every patch with at least three of its four neighbours among them.
    /// </summary>
    public bool[] Smoothed(bool[] chosen, bool[] added)
    {
        bool[] both = [.. chosen.Select((one, k) => one || added[k])];
        return [.. both.Select((one, k) => one || Around(k, corners: false).Count(near => both[near]) >= 3)];
    }

    private IEnumerable<int> Around(int patch, bool corners)
    {
        var (row, column) = (patch / Columns, patch % Columns);
        for (var r = Math.Max(0, row - 1); r <= Math.Min(Rows - 1, row + 1); r++)
        {
            for (var c = Math.Max(0, column - 1); c <= Math.Min(Columns - 1, column + 1); c++)
            {
                if ((r != row || c != column) && (corners || r == row || c == column))
                {
                    yield return r * Columns + c;
                }
            }
        }
    }
}
