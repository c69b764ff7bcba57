using Lrp.Cli.Images;

namespace Lrp.Tests.Cli;

/// <summary>What the command says of maps that mean less than they show.</summary>
[TestFixture]
public sealed class MapDoubtTests
{
    [TestCase(new[] { 2.0, 1, -0.5 }, null)]
    [TestCase(new[] { 0.1, -0.2, 0.15 }, "adds up to 0.05 of 2.5")]
    [TestCase(new[] { 80.0, -77.5 }, "without its signs")]
    [TestCase(new[] { 1.0, double.NaN }, "too large for a number")]
    [TestCase(new[] { double.PositiveInfinity, 1 }, "too large for a number")]
    public void AMapIsComparedWithItsScore(double[] relevance, string? said) =>
        Assert.That(
            MapDoubts.Of("epsilon", relevance, score: 2.5),
            said is null ? Is.Null : Does.Contain(said).And.Contain("epsilon")
        );
}
