using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class ActivationTests
{
    private static readonly double[] Points = [-7.5, -3, -1.2, -0.4, -1e-3, 0, 1e-3, 0.3, 0.6, 1.4, 2.9, 6.5, 25];

    private static IEnumerable<TestCaseData> Formulas()
    {
        TestCaseData Case(string name, Func<Module<Tensor, Tensor>> module, Func<double, double> formula, double tolerance = 1e-10) =>
            new TestCaseData(module, formula, tolerance).SetName("{m}(" + name + ")");
        yield return Case("ReLU", () => ReLU(), x => Math.Max(0, x));
        yield return Case("ReLU6", () => ReLU6(), x => Math.Min(Math.Max(0, x), 6));
        yield return Case("LeakyReLU", () => LeakyReLU(0.2), x => x > 0 ? x : 0.2 * x);
        yield return Case("PReLU", () => PReLU(1, 0.3, dtype: ScalarType.Float64), x => x > 0 ? x : 0.3 * x);
        yield return Case("Threshold", () => Threshold(0.5, -2), x => x > 0.5 ? x : -2);
        yield return Case("ELU", () => ELU(1.5), x => x > 0 ? x : 1.5 * (Math.Exp(x) - 1));
        yield return Case("CELU", () => CELU(1.5), x => Math.Max(0, x) + Math.Min(0, 1.5 * (Math.Exp(x / 1.5) - 1)));
        yield return Case(
            "SELU", () => SELU(), x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)));
        yield return Case("SiLU", () => SiLU(), x => x * Sigmoid(x));
        yield return Case("Mish", () => Mish(), x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))));
        yield return Case("Hardswish", () => Hardswish(), x => x * Math.Clamp(x + 3, 0, 6) / 6);
        yield return Case(
            "GELU tanh",
            () => GELU(TorchSharp.Modules.GELU.Approximate.tanh),
            x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
        yield return Case("Sigmoid", () => nn.Sigmoid(), x => Sigmoid(x));
        yield return Case("LogSigmoid", () => LogSigmoid(), x => -Math.Log(1 + Math.Exp(-x)));
        yield return Case("Hardsigmoid", () => Hardsigmoid(), x => Math.Clamp(x + 3, 0, 6) / 6);
        yield return Case("Tanh", () => Tanh(), Math.Tanh);
        yield return Case("Hardtanh", () => Hardtanh(-0.5, 2), x => Math.Clamp(x, -0.5, 2));
        yield return Case("Softsign", () => Softsign(), x => x / (1 + Math.Abs(x)));
        yield return Case("Hardshrink", () => Hardshrink(), x => Math.Abs(x) > 0.5 ? x : 0);
        yield return Case("Softshrink", () => Softshrink(), x => Math.Sign(x) * Math.Max(0, Math.Abs(x) - 0.5));
        yield return Case("Tanhshrink", () => Tanhshrink(), x => x - Math.Tanh(x));
        yield return Case("Softplus", () => Softplus(2, 20), x => 2 * x > 20 ? x : Math.Log(1 + Math.Exp(2 * x)) / 2);
    }

    [TestCaseSource(nameof(Formulas))]
    public void EachEntryFollowsTheFormula(Func<Module<Tensor, Tensor>> create, Func<double, double> formula, double tolerance)
    {
        using var scope = NewDisposeScope();
        Module<Tensor, Tensor> module = create();
        AreClose(module.call(tensor(Points)), [.. Points.Select(formula)], tolerance);
    }

    [Test]
    public void GeluIsTheInputTimesTheNormalDistribution()
    {
        using var scope = NewDisposeScope();
        // Φ(1) and Φ(−2) of the standard normal distribution, from tables.
        AreClose(GELU().call(tensor(new[] { 1.0, -2.0 })), [0.8413447460685429, -2 * 0.022750131948179195]);
    }

    [Test]
    public void InPlaceActivationsChangeTheirInput()
    {
        using var scope = NewDisposeScope();
        foreach (Module<Tensor, Tensor> module in new Module<Tensor, Tensor>[] { ReLU(true), ELU(inplace: true), Hardtanh(inplace: true), SiLU(true) })
        {
            Tensor x = tensor(new[] { -0.5, 0.25 });
            Tensor y = module.call(x);
            AreClose(x, y);
        }
    }

    [Test]
    public void OrdinaryActivationsLeaveTheirInput()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(new[] { -1.0, 2.0 });
        ReLU().call(x);
        AreClose(x, [-1, 2]);
    }

    [Test]
    public void PReluLearnsASlopeAChannel()
    {
        using var scope = NewDisposeScope();
        PReLU prelu = PReLU(2, 0.5, dtype: ScalarType.Float64);
        HasParameters(prelu, ("weight", [2]));
        prelu.weight = Parameter(tensor(new[] { 0.1, 0.2 }));
        AreClose(prelu.call(tensor(new[] { -1.0, -1.0 }).view(1, 2)), [-0.1, -0.2]);
    }

    [Test]
    public void SoftmaxSumsToOneAlongItsDimension()
    {
        using var scope = NewDisposeScope();
        double[] x = [0.5, -1, 2];
        double sum = x.Sum(Math.Exp);
        AreClose(Softmax(0).call(tensor(x)), [.. x.Select(v => Math.Exp(v) / sum)]);
        AreClose(LogSoftmax(0).call(tensor(x)), [.. x.Select(v => v - Math.Log(sum))]);
        double inverse = x.Sum(v => Math.Exp(-v));
        AreClose(Softmin(0).call(tensor(x)), [.. x.Select(v => Math.Exp(-v) / inverse)]);
    }

    [Test]
    public void Softmax2dIsOverTheChannels()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(2, 3, 2, 2);
        AreClose(Softmax2d().call(x), Softmax(1).call(x));
    }

    [Test]
    public void GluGatesOneHalfByTheOther()
    {
        using var scope = NewDisposeScope();
        AreClose(GLU().call(tensor(new[] { 2.0, 3, 0.5, -1 })), [2 * Sigmoid(0.5), 3 * Sigmoid(-1)]);
    }
}
