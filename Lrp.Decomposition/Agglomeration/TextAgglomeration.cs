using static TorchSharp.torch;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>
/// Builds a hierarchy of phrases. The words with the strongest scores are chosen first. Each step then adds the words
/// that change the score of a neighbouring phrase most, until phrases have met.
/// </summary>
/// <remarks>
/// Singh, Murdoch, Yu 2019, algorithm 1, with the choices of
/// https://github.com/csinva/hierarchical-dnn-interpretations: each step takes the units at or above a percentile; of
/// the last five units it takes about half.
/// </remarks>
public sealed class TextAgglomeration
{
    private static readonly Dictionary<int, double> LastPercentiles = new()
    {
        [5] = 59,
        [4] = 49,
        [3] = 59,
        [2] = 49,
        [1] = 0,
    };

    /// <summary>Words with scores at or above this percentile are taken, 0 … 100.</summary>
    public double Percentile { get; init; } = 90;

    /// <summary>The maximum number of steps.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>The class to explain.</summary>
    public required int Class { get; init; }

    /// <summary>Whether, with two classes, the score of the other class is subtracted.</summary>
    public bool SubtractOther { get; init; } = true;

    /// <summary>
    /// Whether scores are compared by absolute value, so that words against the class are taken like words for it.
    /// </summary>
    public bool Absolute { get; init; } = true;

    /// <summary>Builds the tree.</summary>
    /// <param name="scorer">Scores the regions for each class.</param>
    /// <param name="text">The input: token ids or embedded words.</param>
    /// <param name="dim">The dimension along which the words run.</param>
    public AgglomerationTree Build(RegionScorer scorer, Tensor text, long dim = 0)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(text);
        ScoreChecks.ThrowIfNoPercentile(Percentile);
        if (dim < -text.ndim || dim >= text.ndim)
        {
            throw new ArgumentOutOfRangeException(
                nameof(dim),
                dim,
                $"A text of shape {Printing.Shape(text.shape)} has no such dimension for words to run along."
            );
        }

        var count = (int)text.shape[dim < 0 ? dim + text.ndim : dim];
        var shape = text.shape.Select((_, k) => k == (dim < 0 ? dim + text.ndim : dim) ? (long)count : 1).ToArray();
        using var unitOf = arange(count, ScalarType.Int64, text.device).reshape(shape).expand(text.shape).contiguous();
        var scores = new RegionScores(scorer, text, unitOf, count, Explained);
        var first = scores.Of([
            .. Enumerable.Range(0, count).Select(k => new[] { k }),
            [.. Enumerable.Range(0, count)],
        ]);
        ScoreChecks.ThrowIfUnknown(Class, first[^1]);
        var unit = first.SkipLast(1).Select(Explained).ToArray();
        var whole = first[^1];
        var steps = new List<AgglomerationStep>
        {
            new(new int[count], new Dictionary<int, IReadOnlyList<double>> { [0] = whole }, [.. unit]),
        };

        var chosen = Taken(unit);
        for (var step = 0; step < Steps; step++)
        {
            var phrases = Phrases(chosen);
            var wanted = phrases.SelectMany(phrase => new[] { phrase.Members, phrase.Left, phrase.Right }).ToList();
            var scored = scores.Of([.. wanted]);
            var components = new int[count];
            var byNumber = new Dictionary<int, IReadOnlyList<double>>();
            for (var k = 0; k < phrases.Count; k++)
            {
                var own = scored[3 * k];
                byNumber[k + 1] = own;
                foreach (var member in phrases[k].Members)
                {
                    components[member] = k + 1;
                }

                unit[Math.Max(0, phrases[k].Members[0] - 1)] = Explained(scored[3 * k + 1]) - Explained(own);
                unit[Math.Min(count - 1, phrases[k].Members[^1] + 1)] = Explained(scored[3 * k + 2]) - Explained(own);
            }

            for (var k = 0; k < count; k++)
            {
                unit[k] = chosen[k] ? double.NaN : unit[k];
            }

            steps.Add(new AgglomerationStep(components, byNumber, [.. unit]));
            var taken = Taken(unit);
            if (!taken.Any(one => one))
            {
                break;
            }

            chosen = [.. chosen.Select((one, k) => one || taken[k])];
        }

        return new AgglomerationTree(1, count, Class, steps, scores);
    }

    private double Explained(IReadOnlyList<double> scores) =>
        SubtractOther && scores.Count == 2 ? scores[Class] - scores[1 - Class] : scores[Class];

    private bool[] Taken(double[] scores)
    {
        var weights = Absolute ? scores.Select(Math.Abs).ToArray() : scores;
        var left = weights.Count(weight => !double.IsNaN(weight));
        var least = Agglomeration.Percentile.Of(weights, LastPercentiles.GetValueOrDefault(left, Percentile));
        return [.. weights.Select(weight => weight >= least)];
    }

    private static List<(int[] Members, int[] Left, int[] Right)> Phrases(bool[] chosen)
    {
        var phrases = new List<(int[], int[], int[])>();
        for (var start = 0; start < chosen.Length; start++)
        {
            if (!chosen[start])
            {
                continue;
            }

            var end = start;
            while (end + 1 < chosen.Length && chosen[end + 1])
            {
                end++;
            }

            var (left, right) = (Math.Max(0, start - 1), Math.Min(chosen.Length - 1, end + 1));
            phrases.Add((Span(start, end), Span(left, end), Span(start, right)));
            start = end;
        }

        return phrases;
    }

    private static int[] Span(int first, int last) => [.. Enumerable.Range(first, last - first + 1)];
}
