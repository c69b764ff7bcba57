using Mails;
using TorchSharp;
using static TorchSharp.torch;

namespace TrainText;

/// <summary>Mails in batches of one length each, so that nothing has to be filled up and masked.</summary>
/// <param name="vocabulary">The words.</param>
/// <param name="mails">The mails.</param>
/// <param name="step">Texts are cut to a multiple of it, so that there are enough of a length.</param>
internal sealed class Batches(Vocabulary vocabulary, IReadOnlyList<Mail> mails, int step)
{
    private readonly List<(long[] Words, long Label)[]> lengths =
    [
        .. mails.Select(mail => (Words: vocabulary.Encode(mail.Tokens), Label: (long)mail.Label))
            .Select(mail => (mail.Words[..(mail.Words.Length / step * step)], mail.Label))
            .GroupBy(mail => mail.Item1.Length).OrderBy(group => group.Key).Select(group => group.ToArray()),
    ];

    /// <summary>The batches, in a new order every time.</summary>
    /// <param name="size">The most mails of a batch.</param>
    /// <param name="random">Says the order.</param>
    /// <returns>Numbers of words, (N, L), and classes, (N); the caller disposes them.</returns>
    public IEnumerable<(Tensor Words, Tensor Labels)> Shuffled(int size, Random random)
    {
        var batches = new List<(long[] Words, long Label)[]>();
        foreach ((long[] Words, long Label)[] alike in lengths)
        {
            random.Shuffle(alike);
            batches.AddRange(alike.Chunk(size));
        }

        (long[] Words, long Label)[][] order = [.. batches];
        random.Shuffle(order);
        foreach ((long[] Words, long Label)[] batch in order)
        {
            yield return (
                tensor(batch.SelectMany(mail => mail.Words).ToArray(), [batch.Length, batch[0].Words.Length]),
                tensor(batch.Select(mail => mail.Label).ToArray()));
        }
    }
}
