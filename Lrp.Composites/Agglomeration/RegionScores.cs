using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Agglomeration;

/// <summary>Scores of sets of units, each worked out once and all that are missing together.</summary>
internal sealed class RegionScores(RegionScorer scorer, Tensor unitOf, int units, Func<IReadOnlyList<double>, double> explained)
{
    private readonly Dictionary<string, IReadOnlyList<double>> known = [];

    public double Explained(IReadOnlyList<double> classScores) => explained(classScores);

    public IReadOnlyList<double> Of(IReadOnlyList<int> members) => Of([members])[0];

    /// <summary>The class scores of several sets of units.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Of(IReadOnlyList<IReadOnlyList<int>> sets)
    {
        var keys = sets.Select(Key).ToList();
        var missing = Enumerable.Range(0, sets.Count).Where(k => !known.ContainsKey(keys[k])).DistinctBy(k => keys[k]).ToList();
        if (missing.Count > 0)
        {
            var members = new bool[missing.Count * units];
            for (var k = 0; k < missing.Count; ++k)
            {
                foreach (var unit in sets[missing[k]])
                {
                    members[k * units + unit] = true;
                }
            }

            using var scope = NewDisposeScope();
            long[] shape = [missing.Count, .. unitOf.shape];
            var masks = tensor(members).reshape(missing.Count, units).to(unitOf.device).index_select(1, unitOf.flatten()).reshape(shape);
            var scored = scorer.Score(masks);
            if (scored.ndim != 2 || scored.shape[0] != missing.Count)
            {
                throw new InvalidOperationException(
                    $"The scorer answered {missing.Count} masks with shape ({string.Join(", ", scored.shape)}); it must be ({missing.Count}, classes).");
            }

            var classes = (int)scored.shape[1];
            var numbers = scored.detach().to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
            for (var k = 0; k < missing.Count; ++k)
            {
                known[keys[missing[k]]] = numbers[(k * classes)..((k + 1) * classes)];
            }
        }

        return [.. keys.Select(key => known[key])];
    }

    public IReadOnlyList<double> ExplainedOf(IReadOnlyList<IReadOnlyList<int>> sets) => [.. Of(sets).Select(explained)];

    private string Key(IReadOnlyList<int> members)
    {
        var key = new char[(units + 15) / 16];
        foreach (var unit in members)
        {
            key[unit / 16] |= (char)(1 << (unit % 16));
        }

        return new string(key);
    }
}
