using Lrp.Attribution.Gradients;

namespace Lrp.Tests.Attribution;

/// <summary>Points and weights of quadrature rules.</summary>
[TestFixture]
public sealed class QuadratureTests
{
    [TestCase(QuadratureRule.Left, new[] { 0, 0.25, 0.5, 0.75 })]
    [TestCase(QuadratureRule.Right, new[] { 0.25, 0.5, 0.75, 1 })]
    [TestCase(QuadratureRule.Midpoint, new[] { 0.125, 0.375, 0.625, 0.875 })]
    [TestCase(QuadratureRule.Trapezoid, new[] { 0, 1.0 / 3, 2.0 / 3, 1 })]
    [TestCase(
        QuadratureRule.GaussLegendre,
        new[] { 0.0694318442029737, 0.3300094782075719, 0.6699905217924281, 0.9305681557970263 }
    )]
    public void FourPoints(QuadratureRule rule, double[] points) =>
        Assert.That(Quadrature.Nodes(rule, 4).Select(node => node.Point), Is.EqualTo(points).Within(1e-14));

    [Test]
    public void TheWeightsOfEveryRuleSumToOne([Values] QuadratureRule rule, [Values(2, 5, 64, 300)] int points) =>
        Assert.That(Quadrature.Nodes(rule, points).Sum(node => node.Weight), Is.EqualTo(1).Within(1e-12));

    [TestCase(QuadratureRule.Left, 0)]
    [TestCase(QuadratureRule.Right, 0)]
    [TestCase(QuadratureRule.Midpoint, 1)]
    [TestCase(QuadratureRule.Trapezoid, 1)]
    [TestCase(QuadratureRule.GaussLegendre, 9)]
    public void FivePointsIntegratePolynomialsUpToTheirDegreeAndNoFurther(QuadratureRule rule, int degree)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Integral(degree), Is.EqualTo(1.0 / (degree + 1)).Within(1e-14));
            Assert.That(Integral(degree + 1), Is.Not.EqualTo(1.0 / (degree + 2)).Within(1e-9));
        }

        double Integral(int power) => Quadrature.Nodes(rule, 5).Sum(node => node.Weight * Math.Pow(node.Point, power));
    }

    [Test]
    public void ATrapezoidNeedsTwoEnds() =>
        Assert.That(
            () => Quadrature.Nodes(QuadratureRule.Trapezoid, 1),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );
}
