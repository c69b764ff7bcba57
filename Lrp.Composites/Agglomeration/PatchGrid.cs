using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Agglomeration;

/// <summary>An image's patches, row by row, and which of them touch.</summary>
internal sealed class PatchGrid(int height, int width, int size)
{
    public int Rows { get; } = (height + size - 1) / size;

    public int Columns { get; } = (width + size - 1) / size;

    public int Count => Rows * Columns;

    /// <summary>The number of each entry's patch, in the image's shape.</summary>
    public Tensor UnitOf(Tensor image)
    {
        using var scope = NewDisposeScope();
        var rows = arange(height, ScalarType.Int64, image.device).div(size, RoundingMode.floor).unsqueeze(1);
        var columns = arange(width, ScalarType.Int64, image.device).div(size, RoundingMode.floor).unsqueeze(0);
        return (rows * Columns + columns).expand(image.shape).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Numbers connected patches alike, from 1 on in reading order; patches connect also at corners.</summary>
    public int[] Connected(bool[] chosen)
    {
        var components = new int[Count];
        var last = 0;
        for (var seed = 0; seed < Count; ++seed)
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

    /// <summary>Gives regions the numbers that they had before; one that several became keeps the smallest, new ones get free numbers.</summary>
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
            var old = Enumerable.Range(0, Count).Where(k => components[k] == number && before[k] > 0).Select(k => before[k]).ToList();
            if (old.Count > 0 && used.Add(old.Min()))
            {
                names[number] = old.Min();
            }
        }

        foreach (var number in components.Where(number => number > 0).Distinct().Order().Where(number => !names.ContainsKey(number)))
        {
            var free = Enumerable.Range(1, int.MaxValue - 1).First(candidate => !used.Contains(candidate) && !before.Contains(candidate));
            used.Add(free);
            names[number] = free;
        }

        return [.. components.Select(number => number == 0 ? 0 : names[number])];
    }

    /// <summary>The patches beside a region, not counting corners.</summary>
    public IEnumerable<int> Border(IReadOnlyCollection<int> region) =>
        region.SelectMany(patch => Around(patch, corners: false)).Distinct().Except(region).Order();

    /// <summary>What was chosen, what is new, and every patch of which three of four neighbours are.</summary>
    public bool[] Smoothed(bool[] chosen, bool[] added)
    {
        bool[] both = [.. chosen.Select((one, k) => one || added[k])];
        return [.. both.Select((one, k) => one || Around(k, corners: false).Count(near => both[near]) >= 3)];
    }

    private IEnumerable<int> Around(int patch, bool corners)
    {
        var (row, column) = (patch / Columns, patch % Columns);
        for (var r = Math.Max(0, row - 1); r <= Math.Min(Rows - 1, row + 1); ++r)
        {
            for (var c = Math.Max(0, column - 1); c <= Math.Min(Columns - 1, column + 1); ++c)
            {
                if ((r != row || c != column) && (corners || r == row || c == column))
                {
                    yield return r * Columns + c;
                }
            }
        }
    }
}
