namespace Lrp.Models.Rankings;

/// <summary>What a ranking of one kind of parts adds up over texts.</summary>
internal sealed class RankingSums
{
    private readonly Dictionary<int, BlockSums> _blocks = [];

    /// <summary>Adds the relevance that one text gave.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parts">By the number of a block, the relevance of its parts, P each, float64 on the CPU.</param>
    public void Add(string text, IReadOnlyDictionary<int, double[]> parts)
    {
        var whole = parts.Values.Sum(block => block.Sum(Math.Abs));
        foreach (var (number, relevance) in parts)
        {
            if (!_blocks.TryGetValue(number, out var sums))
            {
                _blocks.Add(number, sums = new BlockSums(relevance.Length));
            }

            for (var k = 0; k < relevance.Length; k++)
            {
                var share = whole == 0 ? 0 : Math.Abs(relevance[k]) / whole;
                sums.Relevance[k] += relevance[k];
                sums.Share[k] += share;
                sums.Positive[k] += relevance[k] > 0 ? 1 : 0;
                if (sums.Text[k] is null || share > sums.Largest[k])
                {
                    (sums.Largest[k], sums.Text[k]) = (share, text);
                }
            }
        }
    }

    /// <summary>All parts, the most important first.</summary>
    /// <param name="texts">The number of texts.</param>
    public IReadOnlyList<RankedPart> Ranked(int texts) =>
        [
            .. _blocks
                .SelectMany(block =>
                    Enumerable
                        .Range(0, block.Value.Share.Length)
                        .Select(k => new RankedPart(
                            block.Key,
                            k,
                            block.Value.Share[k] / texts,
                            block.Value.Relevance[k] / texts,
                            block.Value.Positive[k],
                            block.Value.Text[k]!
                        ))
                )
                .OrderByDescending(part => part.Share)
                .ThenBy(part => part.Block)
                .ThenBy(part => part.Number),
        ];

    private sealed record BlockSums(int Parts)
    {
        public double[] Relevance { get; } = new double[Parts];

        public double[] Share { get; } = new double[Parts];

        public double[] Largest { get; } = new double[Parts];

        public int[] Positive { get; } = new int[Parts];

        public string?[] Text { get; } = new string?[Parts];
    }
}
