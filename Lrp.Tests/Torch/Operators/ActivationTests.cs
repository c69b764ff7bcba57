using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Activation functions against their formulas.</summary>
public class ActivationTests
{
    private static readonly double[] X = [-3, -0.4, 0, 0.3, 2.5];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static IEnumerable<TestCaseData> Formulas()
    {
        yield return Case("relu", F.relu(Input), x => Math.Max(x, 0));
        yield return Case("relu6", F.relu6(Input * 4), x => Math.Clamp(4 * x, 0, 6));
        yield return Case("leaky_relu", F.leaky_relu(Input, 0.1), x => x > 0 ? x : 0.1 * x);
        yield return Case("elu", F.elu(Input, 2), x => x > 0 ? x : 2 * (Math.Exp(x) - 1));
        yield return Case("celu", F.celu(Input, 2), x => Math.Max(x, 0) + Math.Min(0, 2 * (Math.Exp(x / 2) - 1)));
        yield return Case("selu", F.selu(Input), x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)));
        yield return Case("silu", F.silu(Input), x => x * Sigmoid(x));
        yield return Case("mish", F.mish(Input), x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))));
        yield return Case("gelu with tanh", F.gelu(Input, TorchSharp.Modules.GELU.Approximate.tanh),
            x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
        yield return Case("sigmoid", F.sigmoid(Input), Sigmoid);
        yield return Case("logsigmoid", F.logsigmoid(Input), x => Math.Log(Sigmoid(x)));
        yield return Case("tanh", F.tanh(Input), Math.Tanh);
        yield return Case("softplus", F.softplus(Input, beta: 2), x => Math.Log(1 + Math.Exp(2 * x)) / 2);
        yield return Case("softsign", F.softsign(Input), x => x / (1 + Math.Abs(x)));
        yield return Case("tanhshrink", F.tanhshrink(Input), x => x - Math.Tanh(x));
        yield return Case("hardshrink", F.hardshrink(Input), x => Math.Abs(x) > 0.5 ? x : 0);
        yield return Case("softshrink", F.softshrink(Input), x => Math.Abs(x) > 0.5 ? x - 0.5 * Math.Sign(x) : 0);
        yield return Case("hardtanh", F.hardtanh(Input, -2, 1), x => Math.Clamp(x, -2, 1));
        yield return Case("hardsigmoid", F.hardsigmoid(Input), x => Math.Clamp(x / 6 + 0.5, 0, 1));
        yield return Case("hardswish", F.hardswish(Input), x => x * Math.Clamp(x + 3, 0, 6) / 6);
        yield return Case("threshold", F.threshold(Input, 0.1, -7), x => x > 0.1 ? x : -7);
        yield return Case("prelu", F.prelu(Input, tensor(new[] { 0.25 })), x => x > 0 ? x : 0.25 * x);
    }

    private static Tensor Input => tensor(X);

    private static TestCaseData Case(string name, Tensor actual, Func<double, double> formula) =>
        new TestCaseData(actual, X.Select(formula).ToArray()).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Formulas))]
    public void Agrees_with_its_formula(Tensor actual, double[] expected) =>
        Assert.That(actual.Values(), Is.EqualTo(expected).Within(1e-9));

    [Test]
    public void The_exact_gelu_weights_by_the_normal_distribution()
    {
        // Φ(1) and Φ(-1)
        double[] expected = [1 * 0.8413447460685429, -1 * 0.15865525393145707];
        Assert.That(F.gelu(tensor(new[] { 1.0, -1.0 })).Values(), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Softmax_sums_to_one_along_its_dimension()
    {
        using Tensor y = F.softmax(TensorValues.Counting(2, 3), 1);
        double total = Math.Exp(0) + Math.Exp(1) + Math.Exp(2);
        Assert.That(y.Values()[..3], Is.EqualTo(new[] { 1 / total, Math.E / total, Math.Exp(2) / total }).Within(1e-6));
        Assert.That(y.sum(1).Values(), Is.EqualTo(new double[] { 1, 1 }).Within(1e-6));
    }

    [Test]
    public void Softmax_in_another_type() =>
        Assert.That(softmax(TensorValues.Counting(3), 0, ScalarType.Float64).dtype, Is.EqualTo(ScalarType.Float64));

    [Test]
    public void Log_softmax_is_the_logarithm_of_softmax()
    {
        using Tensor x = TensorValues.Counting(2, 3);
        Assert.That(F.log_softmax(x, 1).Values(), Is.EqualTo(F.softmax(x, 1).log().Values()).Within(1e-6));
    }

    [Test]
    public void Softmin_is_softmax_of_the_opposite()
    {
        using Tensor x = TensorValues.Counting(3);
        Assert.That(F.softmin(x, 0).Values(), Is.EqualTo(F.softmax(-x, 0).Values()));
    }

    [Test]
    public void Glu_gates_one_half_with_the_other() =>
        Assert.That(F.glu(tensor(new[] { 2.0, 3.0 })).Values(), Is.EqualTo(new[] { 2 * Sigmoid(3) }).Within(1e-12));

    [Test]
    public void In_place_activations_change_their_input()
    {
        using Tensor x = tensor(new[] { -1f, 1f });
        using Tensor y = F.relu(x, inplace: true);
        Assert.That(x.Values(), Is.EqualTo(new double[] { 0, 1 }));
        Assert.That(y.Values(), Is.EqualTo(new double[] { 0, 1 }));
    }

    [Test]
    public void Dropout_scales_what_it_keeps()
    {
        manual_seed(1);
        using Tensor y = F.dropout(ones(1000), 0.25, training: true);
        double[] values = y.Values();
        Assert.That(values.Distinct().Order(), Is.EqualTo(new[] { 0, 4 / 3.0 }).Within(1e-6));
        Assert.That(values.Count(v => v == 0), Is.InRange(200, 300));
    }

    [Test]
    public void Dropout_passes_everything_in_evaluation() =>
        Assert.That(F.dropout(ones(10), 0.9, training: false).Values(), Is.All.EqualTo(1));

    [Test]
    public void Dropout_of_channels_drops_whole_channels()
    {
        manual_seed(1);
        using Tensor y = F.dropout2d(ones(1, 50, 2, 2), 0.5);
        Assert.That(y.amin([2, 3]).Values(), Is.EqualTo(y.amax([2, 3]).Values()));
    }
}
