using Mails;
using static TorchSharp.torch;

namespace TrainText;

/// <summary>Mails in batches of equal length, so that no padding and masking is needed.</summary>
/// <param name="vocabulary">The words.</param>
/// <param name="mails">The mails.</param>
/// <param name="step">Texts are cut to a multiple of this length, so that enough texts have the same length.</param>
internal sealed class Batches(Vocabulary vocabulary, IReadOnlyList<Mail> mails, int step)
{
    private readonly List<(long[] Words, long Label)[]> _lengths =
    [
        .. mails
            .Select(mail => (Words: vocabulary.Encode(mail.Tokens), Label: (long)mail.Label))
            .Select(mail => (mail.Words[..(mail.Words.Length / step * step)], mail.Label))
            .GroupBy(mail => mail.Item1.Length)
            .OrderBy(group => group.Key)
            .Select(group => group.ToArray()),
    ];

    /// <summary>The batches, in a new random order every time.</summary>
    /// <param name="size">The maximum number of mails per batch.</param>
    /// <param name="random">The source of the random order.</param>
    /// <returns>Word ids, (N, L), and classes, (N); the caller disposes them.</returns>
    public IEnumerable<(Tensor Words, Tensor Labels)> Shuffled(int size, Random random)
    {
        var batches = new List<(long[] Words, long Label)[]>();
        foreach (var alike in _lengths)
        {
            random.Shuffle(alike);
            batches.AddRange(alike.Chunk(size));
        }

        (long[] Words, long Label)[][] order = [.. batches];
        random.Shuffle(order);
        foreach (var batch in order)
        {
            yield return (
                tensor(batch.SelectMany(mail => mail.Words).ToArray(), [batch.Length, batch[0].Words.Length]),
                tensor(batch.Select(mail => mail.Label).ToArray())
            );
        }
    }
}
