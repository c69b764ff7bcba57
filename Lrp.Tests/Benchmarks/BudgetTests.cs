using Lrp.Benchmarks.Measuring;

namespace Lrp.Tests.Benchmarks;

/// <summary>Seconds, to portions, rounds and repetitions.</summary>
[TestFixture]
public sealed class BudgetTests
{
    [Test]
    public void WhatIsLeftIsSharedAmongThoseToCome()
    {
        var elapsed = 0.0;
        var budget = new Budget(60, () => elapsed);
        Assert.That(budget.Portion(share: 10, shares: 40), Is.EqualTo(15));

        // The first took a third of its portion: the others gain what it left.
        elapsed = 5;
        Assert.That(budget.Remaining, Is.EqualTo(55));
        Assert.That(budget.Portion(share: 10, shares: 30), Is.EqualTo(55 / 3.0).Within(1e-12));
        Assert.That(budget.Portion(share: 10, shares: 10), Is.EqualTo(55));

        elapsed = 61;
        Assert.That(budget.Portion(share: 10, shares: 30), Is.Zero);
    }

    [TestCase(10, 1, 10, Description = "as many as fit")]
    [TestCase(10, 1.01, 9, Description = "whole ones")]
    [TestCase(10, 4, 3, Description = "never fewer than three")]
    [TestCase(-2, 4, 3, Description = "even where the portion is used up")]
    [TestCase(1000, 1, 25, Description = "never more than help")]
    public void RoundsFitThePortion(double portion, double perRound, int expected) =>
        Assert.That(Budget.Rounds(portion, perRound), Is.EqualTo(expected));

    [TestCase(30, 10, 3, true)]
    [TestCase(29, 10, 3, false)]
    [TestCase(-1, 0, 3, false)]
    public void RoundsThatDoNotFitWhatIsLeftAreNotBegun(double remaining, double perRound, int rounds, bool expected) =>
        Assert.That(Budget.Fits(remaining, perRound, rounds), Is.EqualTo(expected));

    [TestCase(1, 1)]
    [TestCase(0.05, 1)]
    [TestCase(0.01, 5)]
    [TestCase(0.008, 7)]
    [TestCase(1e-9, 10_000)]
    public void ShortRunsAreRepeated(double seconds, int expected) =>
        Assert.That(Budget.Repetitions(seconds), Is.EqualTo(expected));
}
