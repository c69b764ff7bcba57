using Lrp.Benchmarks.Reporting;

namespace Lrp.Tests.Benchmarks;

/// <summary>Costs of rounds, to a ratio and its spread.</summary>
[TestFixture]
public sealed class RatioTests
{
    [Test]
    public void TheMedianIsThatOfTheRoundsNotOfTheCosts()
    {
        // A machine that slows down threefold in the last round slows both.
        var ratio = Ratio.Of([3, 2, 6], [2, 2, 6]);
        Assert.That(ratio, Is.EqualTo(new Ratio(1, 1, 1.5, 3)));
        Assert.That(ratio.Spread, Is.EqualTo(0.5));
    }

    [Test]
    public void OfAnEvenNumberOfRoundsTheMedianIsBetweenTheMiddleTwo() =>
        Assert.That(Ratio.Of([4, 1, 2, 3], [1, 1, 1, 1]), Is.EqualTo(new Ratio(2.5, 1, 4, 4)));

    [Test]
    public void FewerThanEightRoundsLeaveNothingOut() =>
        Assert.That(Ratio.Of([1, 2, 3, 4, 5, 6, 7], Ones(7)), Is.EqualTo(new Ratio(4, 1, 7, 7)));

    [Test]
    public void AnEighthOfTheRoundsIsLeftOutOfTheSpreadAtEitherEnd()
    {
        Assert.That(Ratio.Of([100, 2, 3, 4, 5, 6, 7, 0.1], Ones(8)), Is.EqualTo(new Ratio(4.5, 2, 7, 8)));
        double[] upTo25 = [.. Enumerable.Range(1, 25)];
        Assert.That(Ratio.Of(upTo25, Ones(25)), Is.EqualTo(new Ratio(13, 4, 22, 25)));
    }

    [TestCase(0, 0)]
    [TestCase(3, 2)]
    public void RoundsHaveToBePaired(int own, int plain) =>
        Assert.That(
            () => Ratio.Of(Ones(own), Ones(plain)),
            Throws.ArgumentException.With.Message.Contains($"{own} and {plain}")
        );

    [Test]
    public void AComparisonHasTheMediansOfBothCosts()
    {
        var compared = Compared.Of(["3", "5", "4"], ["2", "2", "1"], double.Parse);
        Assert.That(compared, Is.EqualTo(new Compared(2, 4, new Ratio(2.5, 1.5, 4, 3))));
    }

    private static double[] Ones(int count) => [.. Enumerable.Repeat(1.0, count)];
}
