using static TorchSharp.torch;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>
/// Builds a hierarchy of image regions. The patches with the highest scores for the class are chosen first. Each step
/// then adds the patches that raise the score of a neighbouring region most. Finally the regions are joined in pairs,
/// the pair with the largest gain first.
/// </summary>
/// <remarks>
/// Singh, Murdoch, Yu 2019, algorithm 1, with the choices of
/// https://github.com/csinva/hierarchical-dnn-interpretations: the percentile is lowered by 15 once a third of the
/// patches is chosen, and by 4 at a time until at least one patch is taken; a patch with three chosen neighbours is
/// chosen too; patches that touch only at a corner are in the same region.
/// </remarks>
public sealed class ImageAgglomeration
{
    /// <summary>The side length of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Patches with scores at or above this percentile are taken, 0 … 100.</summary>
    public double Percentile { get; init; } = 90;

    /// <summary>The maximum number of steps before regions are joined in pairs.</summary>
    public int Steps { get; init; } = 5;

    /// <summary>The class to explain.</summary>
    public required int Class { get; init; }

    /// <summary>
    /// A class whose score is subtracted from that of the explained class, for example to explain why a digit is a 3
    /// and not an 8; null for none.
    /// </summary>
    public int? Against { get; init; }

    /// <summary>Builds the tree.</summary>
    /// <param name="scorer">Scores the regions for each class.</param>
    /// <param name="image">One image, shape (1, channels, height, width).</param>
    public AgglomerationTree Build(RegionScorer scorer, Tensor image)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(PatchSize, 1);
        ScoreChecks.ThrowIfNoPercentile(Math.Max(Percentile, 0));
        if (image.ndim < 2)
        {
            throw new ArgumentException("The last two dimensions of an image must be height and width.", nameof(image));
        }

        var grid = new PatchGrid((int)image.shape[^2], (int)image.shape[^1], PatchSize);
        using var unitOf = grid.UnitOf(image);
        var scores = new RegionScores(scorer, image, unitOf, grid.Count, Explained);
        var first = scores.Of([
            .. Enumerable.Range(0, grid.Count).Select(k => new[] { k }),
            [.. Enumerable.Range(0, grid.Count)],
        ]);
        ScoreChecks.ThrowIfUnknown(Class, first[^1]);
        ScoreChecks.ThrowIfUnknown(Against, first[^1]);
        var unit = first.SkipLast(1).Select(Explained).ToArray();
        var whole = first[^1];
        var steps = new List<AgglomerationStep>
        {
            new(new int[grid.Count], new Dictionary<int, IReadOnlyList<double>> { [0] = whole }, [.. unit]),
        };
        Grow(grid, scores, unit, steps);
        Finalize(scores, steps);
        return new AgglomerationTree(grid.Rows, grid.Columns, Class, steps, scores);
    }

    private double Explained(IReadOnlyList<double> scores) =>
        scores[Class] - (Against is { } other ? scores[other] : 0);

    private void Grow(PatchGrid grid, RegionScores scores, double[] unit, List<AgglomerationStep> steps)
    {
        var chosen = Taken(unit);
        int[]? before = null;
        for (var step = 0; step < Steps; step++)
        {
            var components = grid.Correspond(before, grid.Connected(chosen));
            before = components;
            var numbers = components.Where(number => number > 0).Distinct().Order().ToList();
            var regions = numbers.ToDictionary(number => number, number => Members(components, number));
            var borders = numbers
                .SelectMany(number => grid.Border(regions[number]).Select(patch => (number, patch)))
                .ToList();
            var scored = scores.Of([
                .. numbers.Select(number => regions[number]),
                .. borders.Select(border => (int[])[.. regions[border.number], border.patch]),
            ]);

            var own = numbers
                .Select((number, k) => (number, scored[k]))
                .ToDictionary(entry => entry.number, entry => entry.Item2);
            for (var k = 0; k < borders.Count; k++)
            {
                unit[borders[k].patch] = Explained(scored[numbers.Count + k]) - Explained(own[borders[k].number]);
            }

            for (var k = 0; k < unit.Length; k++)
            {
                unit[k] = chosen[k] ? double.NaN : unit[k];
            }

            steps.Add(new AgglomerationStep(components, own, [.. unit]));
            if (chosen.All(one => one))
            {
                break;
            }

            chosen = grid.Smoothed(chosen, Taken(unit));
        }
    }

    /// <summary>
    /// Joins two regions at a time until one is left: the pair whose joint score exceeds the higher of its two scores
    /// most.
    /// </summary>
    private void Finalize(RegionScores scores, List<AgglomerationStep> steps)
    {
        var components = steps[^1].Components.ToArray();
        while (components.Where(number => number > 0).Distinct().Order().ToList() is { Count: > 1 } numbers)
        {
            var pairs = (from a in numbers from b in numbers where a < b select (a, b)).ToList();
            var joined = scores.Of([
                .. pairs.Select(pair => (int[])[.. Members(components, pair.a), .. Members(components, pair.b)]),
            ]);
            var own = steps[^1].Scores;
            var best = Enumerable
                .Range(0, pairs.Count)
                .MaxBy(k => Explained(joined[k]) - Math.Max(Explained(own[pairs[k].a]), Explained(own[pairs[k].b])));
            var (kept, gone) = pairs[best];
            components = [.. components.Select(number => number == gone ? kept : number)];
            var next = own.Where(entry => entry.Key != gone).ToDictionary(entry => entry.Key, entry => entry.Value);
            next[kept] = joined[best];
            steps.Add(new AgglomerationStep(components, next, steps[^1].UnitScores));
        }
    }

    private bool[] Taken(double[] scores)
    {
        var percentile = Percentile;
        if (scores.Count(double.IsNaN) > scores.Length / 3.0)
        {
            percentile -= 15;
        }

        for (; ; percentile -= 4)
        {
            var least = Agglomeration.Percentile.Of(scores, Math.Max(percentile, 0));
            bool[] taken = [.. scores.Select(score => score >= least)];
            if (percentile <= 0 || taken.Any(one => one))
            {
                return taken;
            }
        }
    }

    private static int[] Members(int[] components, int number) =>
        [.. Enumerable.Range(0, components.Length).Where(unit => components[unit] == number)];
}
