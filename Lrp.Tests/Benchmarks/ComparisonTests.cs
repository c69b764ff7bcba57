using Lrp.Benchmarks.Reporting;

namespace Lrp.Tests.Benchmarks;

/// <summary>A run against an earlier one.</summary>
[TestFixture]
public sealed class ComparisonTests
{
    [TestCase(1.50, nameof(Change.None), Description = "as before")]
    [TestCase(1.65, nameof(Change.None), Description = "by less than both spreads")]
    [TestCase(1.75, nameof(Change.Worse))]
    [TestCase(1.25, nameof(Change.Better))]
    public void AChangeIsMoreThanBothSpreads(double now, string expected)
    {
        var earlier = new Ratio(1.5, 1.45, 1.55, 5);
        var comparison = new Comparison("row", earlier, new Ratio(now, now - 0.06, now + 0.04, 5));
        Assert.That(comparison.Change.ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void WhatBothRunsMeasuredIsCompared()
    {
        var earlier = Run(
            1,
            Row("a", time: 1, memory: 1),
            Row("gone", time: 1, memory: 1),
            Row("t", time: 1, memory: null)
        );
        var now = Run(
            1,
            Row("a", time: 1, memory: 1.2),
            Row("new", time: 2, memory: 2),
            Row("t", time: 1.3, memory: 1.3)
        );
        var comparisons = Comparison.Of(earlier, now);
        Assert.That(
            comparisons.Select(comparison => comparison.Name),
            Is.EqualTo(new[] { "g/a, time", "g/a, processor time", "g/a, memory", "g/t, time", "g/t, processor time" })
        );
        Assert.That(
            comparisons.Where(one => one.Change == Change.Worse).Select(one => one.ToString()),
            Is.EqualTo(
                new[]
                {
                    "g/a, memory: 1.000 (0.990 to 1.010) before, 1.200 (1.190 to 1.210) now",
                    "g/t, time: 1.000 (0.990 to 1.010) before, 1.300 (1.290 to 1.310) now",
                    "g/t, processor time: 1.000 (0.990 to 1.010) before, 1.300 (1.290 to 1.310) now",
                }
            )
        );
    }

    [Test]
    public void RunsWithOtherThreadsAreNotCompared() =>
        Assert.That(
            () => Comparison.Of(Run(2, Row("a", 1, 1)), Run(1, Row("a", 1, 1))),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("used 2 threads, this one 1 thread")
        );

    [Test]
    public void RunsWithoutACommonCaseAreNotCompared() =>
        Assert.That(
            () => Comparison.Of(Run(1, Row("a", 1, 1)), Run(1, Row("b", 1, 1))),
            Throws.TypeOf<InvalidDataException>()
        );

    private static Report Run(int threads, params Row[] rows) =>
        new(new Machine("processor", 2, "system", threads, "2.10", "0.107", ".NET", null), 60, rows, []);

    private static Row Row(string name, double? time, double? memory) =>
        new("g", $"g/{name}", "plain")
        {
            Time = Around(time),
            Processor = Around(time),
            Memory = Around(memory),
        };

    private static Compared? Around(double? ratio) =>
        ratio is { } median ? new Compared(1, median, new Ratio(median, median - 0.01, median + 0.01, 5)) : null;
}
