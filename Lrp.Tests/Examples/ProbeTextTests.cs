using System.Globalization;

namespace Lrp.Tests.Examples;

/// <summary>What the probes of the two mail networks find.</summary>
[TestFixture]
public sealed class ProbeTextTests
{
    [Test]
    public void ProbesFindTheVerdictInTheLastLayersAndTheWordInTheEmbedding()
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("ProbeText", folder.Path, "--out", ".");
        Assert.That(run.ExitCode, Is.Zero, run.Error);

        // property, network, layer, accuracy, majority class, above it, selectivity
        var rows = run
            .Output.Split('\n')
            .Where(line => line.Contains(" % |"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])
            .ToDictionary(cells => (cells[0], cells[1], cells[2]), cells => cells[3..]);
        double AboveMajority(string property, string network, string layer) =>
            double.Parse(rows[(property, network, layer)][2], CultureInfo.InvariantCulture);
        double Selectivity(string property, string network, string layer) =>
            double.Parse(rows[(property, network, layer)][3], CultureInfo.InvariantCulture);

        const string Spam = "is in a spam mail";
        const string Frequent = "is one of the 100 most frequent words";
        var page = File.ReadAllText(Path.Combine(folder.Path, "probe-text.html"));
        Assert.Multiple(() =>
        {
            foreach (var (network, last) in new[] { ("transformer", "blocks.1"), ("LSTM", "recurrence") })
            {
                Assert.That(AboveMajority(Spam, network, last), Is.GreaterThan(20));
                Assert.That(AboveMajority(Spam, network, "embedding"), Is.LessThan(10));
                Assert.That(Selectivity(Spam, network, last), Is.GreaterThan(0.2));
                Assert.That(
                    AboveMajority(Frequent, network, "embedding"),
                    Is.GreaterThan(AboveMajority(Frequent, network, last) + 2)
                );
            }

            Assert.That(run.Output, Does.Not.Contain("-+").And.Not.Contain("+-"));
            Assert.That(run.Output.TrimEnd().Split('\n')[^1], Does.StartWith("Found in "));
            Assert.That(page.Split("majority class</li>"), Has.Length.EqualTo(3), "it is drawn in both charts");
        });
    }
}
