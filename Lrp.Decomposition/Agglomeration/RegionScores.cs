using static TorchSharp.torch;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>
/// The scores of sets of units. Each score is computed once, and all missing ones are computed together.
/// </summary>
internal sealed class RegionScores(
    RegionScorer scorer,
    Tensor input,
    Tensor unitOf,
    int units,
    Func<IReadOnlyList<double>, double> explained
)
{
    private readonly Dictionary<string, IReadOnlyList<double>> _known = [];
    private readonly bool[] _matters = Mattering(scorer, input, unitOf, units);

    /// <summary>How many scores were requested, those already known included.</summary>
    public int Asked { get; private set; }

    public double Explained(IReadOnlyList<double> classScores) => explained(classScores);

    public IReadOnlyList<double> Of(IReadOnlyList<int> members) => Of([members])[0];

    /// <summary>The class scores of several sets of units.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Of(IReadOnlyList<IReadOnlyList<int>> sets)
    {
        Asked += sets.Count;
        var keys = sets.Select(Key).ToList();
        var missing = Enumerable
            .Range(0, sets.Count)
            .Where(k => !_known.ContainsKey(keys[k]))
            .DistinctBy(k => keys[k])
            .ToList();
        if (missing.Count > 0)
        {
            var members = new bool[missing.Count * units];
            for (var k = 0; k < missing.Count; k++)
            {
                foreach (var unit in sets[missing[k]])
                {
                    members[k * units + unit] = true;
                }
            }

            using var scope = NewDisposeScope();
            long[] shape = [missing.Count, .. unitOf.shape];
            var masks = tensor(members)
                .reshape(missing.Count, units)
                .to(unitOf.device)
                .index_select(1, unitOf.flatten())
                .reshape(shape);
            var scored = scorer.Score(masks);
            if (scored.ndim != 2 || scored.shape[0] != missing.Count)
            {
                throw new InvalidOperationException(
                    $"The scorer returned shape ({string.Join(", ", scored.shape)}) for {missing.Count} masks; "
                        + $"it must be ({missing.Count}, classes)."
                );
            }

            var classes = (int)scored.shape[1];
            var numbers = scored.detach().to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
            for (var k = 0; k < missing.Count; k++)
            {
                _known[keys[missing[k]]] = numbers[(k * classes)..((k + 1) * classes)];
            }
        }

        return [.. keys.Select(key => _known[key])];
    }

    private static bool[] Mattering(RegionScorer scorer, Tensor input, Tensor unitOf, int units)
    {
        if (!scorer.IgnoresZeros)
        {
            return [.. Enumerable.Repeat(true, units)];
        }

        using var scope = NewDisposeScope();
        var present = unitOf.masked_select(input.ne(0)).cpu().data<long>().ToArray().ToHashSet();
        return [.. Enumerable.Range(0, units).Select(unit => present.Contains(unit))];
    }

    private string Key(IReadOnlyList<int> members)
    {
        var key = new char[(units + 15) / 16];
        foreach (var unit in members.Where(unit => _matters[unit]))
        {
            key[unit / 16] |= (char)(1 << (unit % 16));
        }

        return new string(key);
    }
}
