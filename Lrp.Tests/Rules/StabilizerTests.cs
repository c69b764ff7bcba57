using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>How denominators close to zero are kept away from it.</summary>
[TestFixture]
public sealed class StabilizerTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    private static IEnumerable<TestCaseData> Formulas()
    {
        yield return new TestCaseData(Stabilizer.Signed(0.5), new[] { 1.5, 0.75, 0.5, -0.75, -2.5 }).SetName("Signed");
        yield return new TestCaseData(Stabilizer.Unsigned(0.5), new[] { 1.5, 0.75, 0.5, 0.25, -1.5 }).SetName(
            "Unsigned"
        );
        yield return new TestCaseData(Stabilizer.Clipped(0.5), new[] { 1, 0.5, 0.5, -0.5, -2 }).SetName("Clipped");
    }

    [TestCaseSource(nameof(Formulas))]
    public void AKindIsItsFormula(Stabilizer stabilizer, double[] expected)
    {
        var z = tensor(new[] { 1, 0.25, 0, -0.25, -2 }, ScalarType.Float64);
        Assert.That(stabilizer.Apply(z).data<double>().ToArray(), Is.EqualTo(expected).Within(1e-15));
        Assert.That(
            stabilizer.Apply(z.clone(), owned: true).data<double>().ToArray(),
            Is.EqualTo(expected).Within(1e-15)
        );
    }

    [Test]
    public void EpsilonInUnitsOfTheNormIsThatOfEachSample()
    {
        var z = tensor(
            new double[,]
            {
                { 3, -3 },
                { 0, 2 },
            }
        );
        var stabilized = Stabilizer.Signed(0.5).ScaledByNorm().Apply(z);
        Assert.That(
            stabilized.data<double>().ToArray(),
            Is.EqualTo(new[] { 4.5, -4.5, Math.Sqrt(2) / 2, 2 + Math.Sqrt(2) / 2 }).Within(1e-15)
        );
    }

    [TestCase(ScalarType.Float16, 800)]
    [TestCase(ScalarType.Float16, 1e-4)]
    [TestCase(ScalarType.Float32, 1e30)]
    [TestCase(ScalarType.Float64, 1e200)]
    [TestCase(ScalarType.Float64, 1e-200)]
    public void TheNormOfLargeAndSmallValuesNeitherOverflowsNorVanishes(ScalarType dtype, double size)
    {
        var z = tensor(new[] { size, -size }).reshape(1, 2).to(dtype);
        using var stabilized = Stabilizer.Signed(0.5).ScaledByNorm().Apply(z);
        Assert.That(
            (stabilized / z).to(ScalarType.Float64).data<double>().ToArray(),
            Is.EqualTo(new[] { 1.5, 1.5 }).Within(1e-2)
        );
    }

    [Test]
    public void ASampleOfZerosHasNoNormAndPassesNothingOn()
    {
        var quotient = Stabilizer
            .Signed(0.5)
            .ScaledByNorm()
            .Divide(
                ones(2, 2, ScalarType.Float64),
                tensor(
                    new double[,]
                    {
                        { 0, 0 },
                        { 2, -2 },
                    }
                )
            );
        Assert.That(quotient.data<double>().ToArray(), Is.EqualTo(new[] { 0, 0, 1 / 3.0, -1 / 3.0 }).Within(1e-15));
    }

    [Test]
    public void WithoutEpsilonAZeroDenominatorPassesNothingOn()
    {
        var quotient = Stabilizer.Signed(0).Divide(ones(2, ScalarType.Float64), tensor(new[] { 0.0, 4 }));
        Assert.That(quotient.data<double>().ToArray(), Is.EqualTo(new[] { 0, 0.25 }));
    }

    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void AnEpsilonThatIsNoSmallNumberIsRefused(double epsilon) =>
        Assert.That(() => LrpRule.ZPlus(epsilon), Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>
    /// At z = −ε the unsigned form divides by zero, whatever the operands; the signed form never does.
    /// </summary>
    [Test]
    public void ASumThatNearlyCancelsDoesNotExplodeByDefault()
    {
        const double Epsilon = 1e-8;
        var (a, b) = (tensor(1.0).requires_grad_(), tensor(-1.0 - Epsilon).requires_grad_());
        Relevance.add(a, b, Epsilon).backward();
        Assert.That(a.grad!.item<double>(), Is.EqualTo(1 / (-2 * Epsilon)).Within(1e-6).Percent);

        var (c, d) = (tensor(1.0).requires_grad_(), tensor(-1.0 - Epsilon).requires_grad_());
        Relevance.add(c, d, Stabilizer.Unsigned(Epsilon)).backward();
        Assert.That(Math.Abs(c.grad!.item<double>()), Is.GreaterThan(1e14));
    }

    private static IEnumerable<Stabilizer> Stabilizers() =>
        [
            Stabilizer.Signed(0.1),
            Stabilizer.Unsigned(0.1),
            Stabilizer.Clipped(0.1),
            Stabilizer.Signed(0.1).ScaledByNorm(),
            Stabilizer.Clipped(0.1).ScaledByNorm(),
        ];

    /// <summary>The rule of a sum as a module and as a function is one formula.</summary>
    [TestCaseSource(nameof(Stabilizers))]
    public void TheModuleFormAndTheFunctionFormOfARuleAgree(Stabilizer stabilizer)
    {
        manual_seed(1);
        var x = randn(4, 5, ScalarType.Float64);
        var summed = new Lrp.Rules.Modules.Sum([-1]);
        using var registration = new Composite { { LayerTypes.Sum, LrpRule.Epsilon(stabilizer) } }.Register(
            summed,
            start: RelevanceStart.Gradient
        );
        var byModule = x.clone().requires_grad_();
        summed.call(byModule).backward([ones(4, ScalarType.Float64)]);

        var byFunction = x.clone().requires_grad_();
        Relevance.sum(byFunction, [-1], epsilon: stabilizer).backward([ones(4, ScalarType.Float64)]);

        Assert.That(
            byModule.grad!.data<double>().ToArray(),
            Is.EqualTo(byFunction.grad!.data<double>().ToArray()).Within(1e-14)
        );
    }

    /// <summary>A linear layer takes a path of its own through the engine; it is the same formula.</summary>
    [TestCaseSource(nameof(Stabilizers))]
    public void ALinearLayerAndLinearAsAFunctionAgree(Stabilizer stabilizer)
    {
        manual_seed(2);
        var layer = nn.Linear(5, 3).to(ScalarType.Float64);
        var x = randn(4, 5, ScalarType.Float64);
        var byFunction = x.clone().requires_grad_();
        Relevance
            .linear(byFunction, layer.weight!.detach(), layer.bias!.detach(), stabilizer)
            .backward([ones(4, 3, ScalarType.Float64)]);

        using var registration = new Composite { { typeof(nn.Module), LrpRule.Epsilon(stabilizer) } }.Register(
            layer,
            start: RelevanceStart.Gradient
        );
        var byModule = x.clone().requires_grad_();
        layer.call(byModule).backward([ones(4, 3, ScalarType.Float64)]);

        Assert.That(
            byModule.grad!.data<double>().ToArray(),
            Is.EqualTo(byFunction.grad!.data<double>().ToArray()).Within(1e-14)
        );
    }
}
