using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class RecurrentTests
{
    private const int Inputs = 3;
    private const int Hidden = 2;

    [SetUp]
    public void Seed() => manual_seed(5);

    /// <summary>W x + b for one vector, rows counted in gates of hidden units.</summary>
    private static double[] Affine(Tensor weight, Tensor? bias, double[] x)
    {
        int rows = (int)weight.size(0), columns = (int)weight.size(1);
        double[] w = Of(weight), b = bias is null ? new double[rows] : Of(bias);
        return [.. Enumerable.Range(0, rows).Select(r => b[r] + Enumerable.Range(0, columns).Sum(c => w[r * columns + c] * x[c]))];
    }

    private static (double[] H, double[] C) LstmStep(Func<string, Tensor?> weight, double[] x, double[] h, double[] c)
    {
        double[] gates = [.. Affine(weight("weight_ih")!, weight("bias_ih"), x).Zip(Affine(weight("weight_hh")!, weight("bias_hh"), h), (a, b) => a + b)];
        int n = h.Length;
        var nextC = new double[n];
        var nextH = new double[n];
        for (int k = 0; k < n; k++)
        {
            nextC[k] = Sigmoid(gates[n + k]) * c[k] + Sigmoid(gates[k]) * Math.Tanh(gates[2 * n + k]);
            nextH[k] = Sigmoid(gates[3 * n + k]) * Math.Tanh(nextC[k]);
        }

        return (nextH, nextC);
    }

    private static double[] GruStep(Func<string, Tensor?> weight, double[] x, double[] h)
    {
        double[] fromX = Affine(weight("weight_ih")!, weight("bias_ih"), x);
        double[] fromH = Affine(weight("weight_hh")!, weight("bias_hh"), h);
        int n = h.Length;
        return
        [
            .. Enumerable.Range(0, n).Select(k =>
            {
                double reset = Sigmoid(fromX[k] + fromH[k]);
                double update = Sigmoid(fromX[n + k] + fromH[n + k]);
                double candidate = Math.Tanh(fromX[2 * n + k] + reset * fromH[2 * n + k]);
                return (1 - update) * candidate + update * h[k];
            }),
        ];
    }

    private static double[] RnnStep(Func<string, Tensor?> weight, double[] x, double[] h, Func<double, double> f) =>
        [.. Affine(weight("weight_ih")!, weight("bias_ih"), x).Zip(Affine(weight("weight_hh")!, weight("bias_hh"), h), (a, b) => f(a + b))];

    private static Func<string, Tensor?> Weights(Module module, string suffix = "") =>
        name => module.has_parameter(name + suffix) ? module.get_parameter(name + suffix) : null;

    private static double[] Row(Tensor x, long t, long n) => Of(x.select(0, t).select(0, n));

    [Test]
    public void LstmFollowsTheGates()
    {
        using var scope = NewDisposeScope();
        LSTM lstm = LSTM(Inputs, Hidden, dtype: ScalarType.Float64);
        Tensor x = Random(4, 2, Inputs);
        (Tensor output, Tensor last, Tensor cells) = lstm.call(x);
        for (int n = 0; n < 2; n++)
        {
            (double[] h, double[] c) = (new double[Hidden], new double[Hidden]);
            for (int t = 0; t < 4; t++)
            {
                (h, c) = LstmStep(Weights(lstm, "_l0"), Row(x, t, n), h, c);
                Assert.That(Row(output, t, n), Is.EqualTo(h).Within(1e-10));
            }

            Assert.That(Row(last, 0, n), Is.EqualTo(h).Within(1e-10));
            Assert.That(Row(cells, 0, n), Is.EqualTo(c).Within(1e-10));
        }
    }

    [Test]
    public void LstmBeginsWithTheStatesGiven()
    {
        using var scope = NewDisposeScope();
        LSTM lstm = LSTM(Inputs, Hidden, dtype: ScalarType.Float64);
        Tensor x = Random(1, 1, Inputs), h0 = Random(1, 1, Hidden), c0 = Random(1, 1, Hidden);
        (_, Tensor last, Tensor cells) = lstm.call(x, (h0, c0));
        (double[] h, double[] c) = LstmStep(Weights(lstm, "_l0"), Of(x), Of(h0), Of(c0));
        AreClose(last, h);
        AreClose(cells, c);
    }

    [Test]
    public void TheSecondLayerReadsBothDirectionsOfTheFirst()
    {
        using var scope = NewDisposeScope();
        LSTM both = LSTM(Inputs, Hidden, numLayers: 2, bidirectional: true, dtype: ScalarType.Float64);
        Tensor x = Random(3, 1, Inputs);
        (Tensor output, Tensor last, _) = both.call(x);

        double[][] layer = [.. Enumerable.Range(0, 3).Select(t => Row(x, t, 0))];
        foreach (int l in new[] { 0, 1 })
        {
            var next = new double[3][];
            (double[] h, double[] c) = (new double[Hidden], new double[Hidden]);
            for (int t = 0; t < 3; t++)
            {
                (h, c) = LstmStep(Weights(both, $"_l{l}"), layer[t], h, c);
                next[t] = h;
            }

            Assert.That(Row(last, 2 * l, 0), Is.EqualTo(h).Within(1e-10));
            (h, c) = (new double[Hidden], new double[Hidden]);
            for (int t = 2; t >= 0; t--)
            {
                (h, c) = LstmStep(Weights(both, $"_l{l}_reverse"), layer[t], h, c);
                next[t] = [.. next[t], .. h];
            }

            Assert.That(Row(last, 2 * l + 1, 0), Is.EqualTo(h).Within(1e-10));
            layer = next;
        }

        for (int t = 0; t < 3; t++)
        {
            Assert.That(Row(output, t, 0), Is.EqualTo(layer[t]).Within(1e-10));
        }
    }

    [Test]
    public void GruFollowsTheGates()
    {
        using var scope = NewDisposeScope();
        GRU gru = GRU(Inputs, Hidden, dtype: ScalarType.Float64);
        Tensor x = Random(4, 1, Inputs), h0 = Random(1, 1, Hidden);
        (Tensor output, Tensor last) = gru.call(x, h0);
        double[] h = Of(h0);
        for (int t = 0; t < 4; t++)
        {
            h = GruStep(Weights(gru, "_l0"), Row(x, t, 0), h);
            Assert.That(Row(output, t, 0), Is.EqualTo(h).Within(1e-10));
        }

        AreClose(last, h);
    }

    [TestCase(NonLinearities.Tanh)]
    [TestCase(NonLinearities.ReLU)]
    public void RnnAppliesItsFunctionToTheSum(NonLinearities kind)
    {
        using var scope = NewDisposeScope();
        RNN rnn = RNN(Inputs, Hidden, nonLinearity: kind, bias: false, dtype: ScalarType.Float64);
        Tensor x = Random(4, 1, Inputs);
        (Tensor output, _) = rnn.call(x);
        double[] h = new double[Hidden];
        for (int t = 0; t < 4; t++)
        {
            h = RnnStep(Weights(rnn, "_l0"), Row(x, t, 0), h, kind == NonLinearities.Tanh ? Math.Tanh : v => Math.Max(0, v));
            Assert.That(Row(output, t, 0), Is.EqualTo(h).Within(1e-10));
        }
    }

    [Test]
    public void BatchFirstOnlySwapsDimensions()
    {
        using var scope = NewDisposeScope();
        GRU first = GRU(Inputs, Hidden, batchFirst: true, dtype: ScalarType.Float64);
        GRU second = GRU(Inputs, Hidden, dtype: ScalarType.Float64);
        second.load_state_dict(first.state_dict());
        Tensor x = Random(5, 2, Inputs);
        (Tensor a, Tensor lastA) = first.call(x);
        (Tensor b, Tensor lastB) = second.call(x.transpose(0, 1));
        AreClose(a, b.transpose(0, 1));
        AreClose(lastA, lastB);
    }

    [Test]
    public void CellsAreOneStep()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, Inputs), h0 = Random(1, Hidden), c0 = Random(1, Hidden);
        LSTMCell lstm = LSTMCell(Inputs, Hidden, dtype: ScalarType.Float64);
        (Tensor h, Tensor c) = lstm.call(x, (h0, c0));
        (double[] expectedH, double[] expectedC) = LstmStep(Weights(lstm), Of(x), Of(h0), Of(c0));
        AreClose(h, expectedH);
        AreClose(c, expectedC);
        GRUCell gru = GRUCell(Inputs, Hidden, dtype: ScalarType.Float64);
        AreClose(gru.call(x, h0), GruStep(Weights(gru), Of(x), Of(h0)));
        RNNCell rnn = RNNCell(Inputs, Hidden, dtype: ScalarType.Float64);
        AreClose(rnn.call(x, h0), RnnStep(Weights(rnn), Of(x), Of(h0), Math.Tanh));
        RNNCell relu = RNNCell(Inputs, Hidden, NonLinearities.ReLU, dtype: ScalarType.Float64);
        AreClose(relu.call(x, h0), RnnStep(Weights(relu), Of(x), Of(h0), v => Math.Max(0, v)));
    }

    [Test]
    public void ACellBeginsWithZeros()
    {
        using var scope = NewDisposeScope();
        LSTMCell lstm = LSTMCell(Inputs, Hidden, bias: false, dtype: ScalarType.Float64);
        Tensor x = Random(1, Inputs);
        (Tensor h, _) = lstm.call(x);
        AreClose(h, LstmStep(Weights(lstm), Of(x), new double[Hidden], new double[Hidden]).H);
    }

    [Test]
    public void ParametersAreNamedAsPyTorchs()
    {
        using var scope = NewDisposeScope();
        HasParameters(
            LSTM(3, 2, numLayers: 2),
            ("weight_ih_l0", [8, 3]), ("weight_hh_l0", [8, 2]), ("bias_ih_l0", [8]), ("bias_hh_l0", [8]),
            ("weight_ih_l1", [8, 2]), ("weight_hh_l1", [8, 2]), ("bias_ih_l1", [8]), ("bias_hh_l1", [8]));
        HasParameters(
            GRU(3, 2, bias: false, bidirectional: true),
            ("weight_ih_l0", [6, 3]), ("weight_hh_l0", [6, 2]), ("weight_ih_l0_reverse", [6, 3]), ("weight_hh_l0_reverse", [6, 2]));
        HasParameters(
            RNNCell(3, 2), ("weight_ih", [2, 3]), ("weight_hh", [2, 2]), ("bias_ih", [2]), ("bias_hh", [2]));
    }

    [Test]
    public void AConvertedLstmComputesInTheNewType()
    {
        using var scope = NewDisposeScope();
        LSTM lstm = LSTM(Inputs, Hidden);
        lstm.to(ScalarType.Float64);
        (Tensor output, _, _) = lstm.call(Random(2, 1, Inputs));
        Assert.That(output.dtype, Is.EqualTo(ScalarType.Float64));
    }

    [Test]
    public void GradientsReachInputAndWeights()
    {
        using var scope = NewDisposeScope();
        LSTM lstm = LSTM(Inputs, Hidden, dtype: ScalarType.Float64);
        Tensor x = Random(3, 1, Inputs).requires_grad_();
        lstm.call(x).Item1.sum().backward();
        Assert.That(Of(x.grad!), Has.Some.Not.Zero);
        Assert.That(Of(lstm.get_parameter("weight_hh_l0")!.grad!), Has.Some.Not.Zero);
    }

    [Test]
    public void DropoutBetweenLayersIsForTrainingOnly()
    {
        using var scope = NewDisposeScope();
        GRU gru = GRU(Inputs, 20, numLayers: 2, dropout: 0.5, dtype: ScalarType.Float64);
        Tensor x = Random(3, 1, Inputs);
        Assert.That(Of(gru.call(x).Item1), Is.Not.EqualTo(Of(gru.call(x).Item1)));
        gru.eval();
        AreClose(gru.call(x).Item1, gru.call(x).Item1, 0);
    }

    [Test]
    public void WrongShapesAreNamed()
    {
        using var scope = NewDisposeScope();
        GRU gru = GRU(Inputs, Hidden);
        Assert.That(() => gru.call(ones(4, 1, 5)), Throws.ArgumentException.With.Message.Contains("GRU").And.Message.Contains("[4, 1, 5]"));
        Assert.That(() => gru.call(ones(4, 1, 3), ones(1, 2, 2)), Throws.ArgumentException.With.Message.Contains("initial state"));
    }

    [Test]
    public void PackedSequencesAreEachComputedToTheirOwnEnd()
    {
        using var scope = NewDisposeScope();
        LSTM lstm = LSTM(Inputs, Hidden, dtype: ScalarType.Float64);
        Tensor shorter = Random(2, Inputs), longer = Random(4, Inputs);
        var packed = nn.utils.rnn.pack_sequence([shorter, longer], enforce_sorted: false);
        (var output, Tensor last, _) = lstm.call(packed);
        (Tensor padded, Tensor lengths) = nn.utils.rnn.pad_packed_sequence(output);
        (Tensor alone, Tensor lastAlone, _) = lstm.call(shorter.unsqueeze(1));
        AreClose(lengths, [2, 4]);
        AreClose(padded.select(1, 0).narrow(0, 0, 2), alone.select(1, 0));
        AreClose(last.select(1, 0), lastAlone.select(1, 0));
        AreClose(last.select(1, 1), lstm.call(longer.unsqueeze(1)).Item2.select(1, 0));
    }
}
