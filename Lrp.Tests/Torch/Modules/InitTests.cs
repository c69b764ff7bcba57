using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.init;

namespace Lrp.Tests.Torch.Modules;

public sealed class InitTests
{
    private const int Rows = 400;
    private const int Columns = 300;

    [SetUp]
    public void Seed() => manual_seed(0);

    [Test]
    public void ConstantsAreEverywhere()
    {
        Assert.That(Values(ones_(empty(3))), Is.All.EqualTo(1));
        Assert.That(Values(zeros_(empty(3))), Is.All.Zero);
        Assert.That(Values(constant_(empty(3), 0.5)), Is.All.EqualTo(0.5));
    }

    [Test]
    public void AParameterIsInitializedUnrecorded()
    {
        using var parameter = nn.Parameter(zeros(2, 2));
        Assert.That(ones_(parameter), Is.SameAs(parameter));
        Assert.That(parameter.is_leaf && parameter.requires_grad, Is.True);
    }

    [Test]
    public void UniformAndNormalHaveTheirMomentsAndBounds()
    {
        var uniform = Values(uniform_(empty(Rows, Columns), -1, 3));
        AssertMoments(uniform, 1, 4 / Math.Sqrt(12));
        Assert.That(uniform, Is.All.InRange(-1, 3));
        AssertMoments(Values(normal_(empty(Rows, Columns), 2, 0.5)), 2, 0.5);
    }

    [Test]
    public void KaimingHasTheStandardDeviationGainOverRootFan()
    {
        // Leaky ReLU of slope √5, the way layers are initialized: gain √(2/6), fan in = columns.
        var expected = Math.Sqrt(2.0 / 6) / Math.Sqrt(Columns);
        var uniform = Values(kaiming_uniform_(empty(Rows, Columns), Math.Sqrt(5)));
        AssertMoments(uniform, 0, expected);
        Assert.That(uniform.Max(), Is.LessThanOrEqualTo(Math.Sqrt(3) * expected));
        AssertMoments(Values(kaiming_normal_(empty(Rows, Columns), 0, FanInOut.FanOut, NonlinearityType.ReLU)), 0, Math.Sqrt(2.0 / Rows));
    }

    [Test]
    public void XavierHasTheStandardDeviationOfBothFans()
    {
        var expected = 3 * Math.Sqrt(2.0 / (Rows + Columns));
        AssertMoments(Values(xavier_uniform_(empty(Rows, Columns), 3)), 0, expected);
        AssertMoments(Values(xavier_normal_(empty(Rows, Columns), 3)), 0, expected);
    }

#if TORCH_SYSTEM
    [Test]
    public void XavierNormalHasValuesThatXavierUniformCannotHave()
    {
        var bound = Math.Sqrt(3) * Math.Sqrt(2.0 / (Rows + Columns));
        Assert.That(Values(xavier_normal_(empty(Rows, Columns))).Max(), Is.GreaterThan(bound));
    }

    [Test]
    public void TruncatedNormalStaysWithinItsBounds()
    {
        // Truncated at ±2 deviations, the deviation is 0.8796 of the normal distribution's.
        var values = Values(trunc_normal_(empty(Rows, Columns), mean: 1, std: 0.5, a: 0, b: 2));
        Assert.That(values, Is.All.InRange(0, 2));
        AssertMoments(values, 1, 0.5 * 0.8796);
    }
#endif

    [Test]
    public void FansCountTheReceptiveField()
    {
        Assert.That(CalculateFanInAndFanOut(empty(5, 7)), Is.EqualTo((7L, 5L)));
        Assert.That(CalculateFanInAndFanOut(empty(5, 7, 3, 3)), Is.EqualTo((63L, 45L)));
        Assert.That(() => CalculateFanInAndFanOut(empty(5)), Throws.ArgumentException);
    }

    [Test]
    public void GainsAreThoseOfTheNonlinearities()
    {
        Assert.That(calculate_gain(NonlinearityType.Linear), Is.EqualTo(1));
        Assert.That(calculate_gain(NonlinearityType.Tanh), Is.EqualTo(5.0 / 3).Within(1e-12));
        Assert.That(calculate_gain(NonlinearityType.ReLU), Is.EqualTo(Math.Sqrt(2)).Within(1e-12));
        Assert.That(calculate_gain(NonlinearityType.LeakyReLU, 2), Is.EqualTo(Math.Sqrt(0.4)).Within(1e-12));
    }

    [Test]
    public void EyeIsTheIdentity() =>
        Assert.That(Values(eye_(empty(2, 3))), Is.EqualTo(new double[] { 1, 0, 0, 0, 1, 0 }));

    [Test]
    public void DiracPassesChannelsOn()
    {
        using var weight = dirac_(empty(2, 2, 3));
        Assert.That(Values(weight), Is.EqualTo(new double[] { 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 }));
    }

    [TestCase(5, 3)]
    [TestCase(3, 5)]
    public void OrthogonalHasOrthonormalRowsOrColumnsTimesTheGain(int rows, int columns)
    {
        using var weight = orthogonal_(empty(rows, columns, dtype: float64), gain: 2);
        using var gram = rows > columns ? weight.transpose(0, 1).matmul(weight) : weight.matmul(weight.transpose(0, 1));
        Assert.That(gram.allclose(4 * eye(Math.Min(rows, columns), dtype: float64)), Is.True);
    }

    [Test]
    public void SparseHasItsFractionOfZerosInEachColumn()
    {
        using var weight = sparse_(empty(10, 4), sparsity: 0.3);
        using var zeros = weight.eq(0).sum(dim: 0);
        Assert.That(zeros.data<long>().ToArray(), Is.All.EqualTo(3L));
    }

    private static double[] Values(Tensor tensor)
    {
        using var exact = tensor.to_type(float64);
        return exact.data<double>().ToArray();
    }

    /// <summary>120000 values: the mean is within 5 standard errors, the deviation within 2 %.</summary>
    private static void AssertMoments(double[] values, double mean, double deviation)
    {
        var average = values.Average();
        Assert.That(average, Is.EqualTo(mean).Within(5 * deviation / Math.Sqrt(values.Length)));
        Assert.That(Math.Sqrt(values.Average(v => (v - average) * (v - average))), Is.EqualTo(deviation).Within(0.02 * deviation));
    }
}
