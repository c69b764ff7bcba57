using System.Text.Json;

namespace Lrp.Tests.Examples;

/// <summary>The trainer of the mails, on small data: either kind of mail has words of its own.</summary>
[TestFixture]
public sealed class TrainTextTests
{
    private static readonly string[] Ham =
    [
        "kernel",
        "patch",
        "module",
        "compile",
        "thread",
        "socket",
        "driver",
        "branch",
    ];
    private static readonly string[] Spam =
    [
        "winner",
        "credit",
        "offer",
        "cheap",
        "bonus",
        "casino",
        "profit",
        "prize",
    ];

    // The mails that the examples explain.
    private static readonly string[] Explained =
    [
        "spam-1/00029",
        "spam-1/00251",
        "spam-1/00420",
        "spam-2/00112",
        "spam-2/00482",
        "easy-ham-1/00146",
        "easy-ham-1/00206",
        "easy-ham-1/01115",
        "easy-ham-1/02452",
        "hard-ham-1/00168",
    ];

    [Test]
    public void WeightsVocabularyAndSamplesAreWritten()
    {
        using var folder = new TemporaryFolder();
        WriteCorpus(folder, 60);
        var run = ProgramRun.Of("TrainText", folder.Path, "corpus", "--epochs", "4", "--out", "trained");
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        Assert.That(
            run.Output,
            Does.Contain("MailLstm:")
                .And.Contain("MailTransformer:")
                .And.Contain("epoch 4: loss")
                .And.Not.Contain('\u001b')
        );
        Assert.That(
            Directory.GetFiles(folder.Of("trained")).Select(Path.GetFileName),
            Is.EquivalentTo(
                new[] { "mail-lstm.safetensors", "mail-transformer.safetensors", "vocabulary.txt", "samples.json" }
            )
        );
        using var samples = JsonDocument.Parse(File.ReadAllText(folder.Of("trained", "samples.json")));
        Assert.That(
            samples.RootElement.EnumerateArray().Select(sample => sample.GetProperty("Id").GetString()),
            Is.EqualTo(Explained)
        );
    }

    [Test]
    public void TextsAreWrittenWithoutTraining()
    {
        using var folder = new TemporaryFolder();
        WriteCorpus(folder, 10);
        var run = ProgramRun.Of("TrainText", folder.Path, "corpus", "--texts", "texts.tsv", "--out", "trained");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var lines = File.ReadAllLines(folder.Of("texts.tsv"));
        Assert.That(lines.Select(line => line.Split('\t')[0]), Is.SupersetOf(Explained));
        Assert.That(Directory.EnumerateFiles(folder.Of("trained")), Is.Empty);
    }

    [Test]
    public void WhatIsMissingOrWrongIsSaid()
    {
        using var folder = new TemporaryFolder();
        Refused(folder, "FOLDER");
        Refused(folder, "'corpus'", "corpus");
        Directory.CreateDirectory(folder.Of("corpus", "spam-1"));
        Refused(folder, "easy-ham-1", "corpus");
        Refused(folder, "--seed", "corpus", "--seed", "one");
    }

    private static void Refused(TemporaryFolder folder, string named, params string[] arguments) =>
        ArgumentTests.Refused(ProgramRun.Of("TrainText", folder.Path, [.. arguments, "--out", "trained"]), named);

    private static void WriteCorpus(TemporaryFolder folder, int each)
    {
        var random = new Random(1);
        var others = Enumerable.Range(0, each).SelectMany(i => new[] { $"spam-1/9{i:D4}", $"easy-ham-1/9{i:D4}" });
        foreach (var id in Explained.Concat(others))
        {
            var words = id.StartsWith("spam", StringComparison.Ordinal) ? Spam : Ham;
            var text = string.Join(' ', Enumerable.Range(0, 24).Select(_ => words[random.Next(words.Length)]));
            Directory.CreateDirectory(folder.Of("corpus", id.Split('/')[0]));
            File.WriteAllText(
                folder.Of("corpus", id + ".txt"),
                $"From: someone@example.org\nSubject: {words[random.Next(words.Length)]}\n\n{text}\n"
            );
        }
    }
}
