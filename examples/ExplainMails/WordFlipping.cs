using Mails;
using static TorchSharp.torch;

namespace ExplainMails;

/// <summary>Measures how much a network's output changes without the words that a method finds most relevant.</summary>
internal static class WordFlipping
{
    public const int Words = 5;

    /// <summary>
    /// How much the logit difference falls, towards the other class, when the words with the most evidence for the
    /// predicted class are replaced by unknown words.
    /// </summary>
    public static double Fall(MailNetwork network, Tensor numbers, double[] relevance)
    {
        using var scope = NewDisposeScope();
        var before = LogOdds(network, numbers);
        long[] most =
        [
            .. Enumerable
                .Range(0, relevance.Length)
                .OrderByDescending(word => Math.Sign(before) * relevance[word])
                .Take(Words)
                .Select(word => (long)word),
        ];
        var without = numbers.index_fill(1, tensor(most), Vocabulary.Unknown);
        return Math.Sign(before) * (before - LogOdds(network, without));
    }

    /// <summary>The same for random words, as a mean over several draws.</summary>
    public static double FallAtRandom(MailNetwork network, Tensor numbers, Random random, int draws = 20) =>
        Enumerable
            .Range(0, draws)
            .Average(_ =>
                Fall(network, numbers, [.. Enumerable.Range(0, (int)numbers.shape[1]).Select(_ => random.NextDouble())])
            );

    public static double LogOdds(MailNetwork network, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        return WordMethods.ForSpam(network.call(numbers))[0];
    }
}
