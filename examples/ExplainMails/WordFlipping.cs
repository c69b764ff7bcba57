using Mails;
using TorchSharp;
using static TorchSharp.torch;

namespace ExplainMails;

/// <summary>How much of its mind a network changes without the words that a method thinks decided.</summary>
internal static class WordFlipping
{
    public const int Words = 5;

    /// <summary>By how much the logit difference falls, towards the other class, when the words that speak most for the verdict become unknown ones.</summary>
    public static double Fall(MailNetwork network, Tensor numbers, double[] relevance)
    {
        using DisposeScope scope = NewDisposeScope();
        double before = LogOdds(network, numbers);
        long[] most = [.. Enumerable.Range(0, relevance.Length).OrderByDescending(word => Math.Sign(before) * relevance[word]).Take(Words).Select(word => (long)word)];
        Tensor without = numbers.index_fill(1, tensor(most), Vocabulary.Unknown);
        return Math.Sign(before) * (before - LogOdds(network, without));
    }

    /// <summary>The same for words drawn at random, the mean of some draws.</summary>
    public static double FallAtRandom(MailNetwork network, Tensor numbers, Random random, int draws = 20) =>
        Enumerable.Range(0, draws).Average(_ => Fall(network, numbers, [.. Enumerable.Range(0, (int)numbers.shape[1]).Select(_ => random.NextDouble())]));

    public static double LogOdds(MailNetwork network, Tensor numbers)
    {
        using DisposeScope scope = NewDisposeScope();
        return WordMethods.ForSpam(network.call(numbers))[0];
    }
}
