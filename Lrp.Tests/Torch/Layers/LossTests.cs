using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class LossTests
{
    private static readonly double[] X = [0.5, -1.5, 2.25, 0.1];
    private static readonly double[] Y = [1, -0.5, 0.5, 0];

    private static Tensor Line(double[] values) => tensor(values);

    private static void AllReductions(Func<Reduction, Loss<Tensor, Tensor, Tensor>> create, Tensor x, Tensor y, double[] entries)
    {
        AreClose(create(Reduction.None).call(x, y), entries);
        AreClose(create(Reduction.Mean).call(x, y), [entries.Average()]);
        AreClose(create(Reduction.Sum).call(x, y), [entries.Sum()]);
    }

    private static double[] Entries(double[] x, double[] y, Func<double, double, double> f) => [.. x.Zip(y, f)];

    [Test]
    public void RegressionLossesFollowTheirFormulas()
    {
        using var scope = NewDisposeScope();
        AllReductions(r => MSELoss(r), Line(X), Line(Y), Entries(X, Y, (x, y) => (x - y) * (x - y)));
        AllReductions(r => L1Loss(r), Line(X), Line(Y), Entries(X, Y, (x, y) => Math.Abs(x - y)));
        AllReductions(
            r => SmoothL1Loss(r, beta: 0.75), Line(X), Line(Y),
            Entries(X, Y, (x, y) => Math.Abs(x - y) < 0.75 ? (x - y) * (x - y) / 1.5 : Math.Abs(x - y) - 0.375));
        AllReductions(
            r => HuberLoss(0.75, r), Line(X), Line(Y),
            Entries(X, Y, (x, y) => Math.Abs(x - y) < 0.75 ? (x - y) * (x - y) / 2 : 0.75 * (Math.Abs(x - y) - 0.375)));
    }

    [Test]
    public void LossesOfProbabilitiesFollowTheirFormulas()
    {
        using var scope = NewDisposeScope();
        double[] p = [0.1, 0.7, 0.4, 0.9], t = [0, 1, 0.25, 1];
        double[] crossEntropies = Entries(p, t, (x, y) => -(y * Math.Log(x) + (1 - y) * Math.Log(1 - x)));
        AllReductions(r => BCELoss(null, r), Line(p), Line(t), crossEntropies);
        AllReductions(r => BCEWithLogitsLoss(null, r), Line([.. p.Select(v => Math.Log(v / (1 - v)))]), Line(t), crossEntropies);
        AllReductions(
            r => BCEWithLogitsLoss(null, r, tensor(new[] { 3.0 })), Line(X), Line(t),
            Entries(X, t, (x, y) => -(3 * y * Math.Log(Sigmoid(x)) + (1 - y) * Math.Log(1 - Sigmoid(x)))));
        AllReductions(r => KLDivLoss(false, r), Line(X), Line(p), Entries(X, p, (x, y) => y * (Math.Log(y) - x)));
        AllReductions(r => KLDivLoss(true, r), Line(X), Line(Y), Entries(X, Y, (x, y) => Math.Exp(y) * (y - x)));
        AllReductions(r => PoissonNLLLoss(reduction: r), Line(X), Line(p), Entries(X, p, (x, y) => Math.Exp(x) - y * x));
        double[] signs = [1, -1, 1, -1];
        AllReductions(r => SoftMarginLoss(r), Line(X), Line(signs), Entries(X, signs, (x, y) => Math.Log(1 + Math.Exp(-y * x))));
        AllReductions(r => HingeEmbeddingLoss(0.3, r), Line(X), Line(signs), Entries(X, signs, (x, y) => y > 0 ? x : Math.Max(0, 0.3 - x)));
    }

    [Test]
    public void CrossEntropyIsTheNegativeLogSoftmaxAtTheTarget()
    {
        using var scope = NewDisposeScope();
        double[] x = [1, 2, 0.5, -1, 0, 3];
        Tensor logits = tensor(x).view(2, 3), target = tensor(new long[] { 2, 0 });
        double Entry(int row, int c) => Math.Log(x.Skip(3 * row).Take(3).Sum(Math.Exp)) - x[3 * row + c];
        double[] entries = [Entry(0, 2), Entry(1, 0)];
        AllReductions(r => CrossEntropyLoss(reduction: r), logits, target, entries);
        AllReductions(r => NLLLoss(reduction: r), functional.log_softmax(logits, 1), target, entries);
        AreClose(CrossEntropyLoss(ignore_index: 0).call(logits, target), [entries[0]]);
        Tensor weight = tensor(new[] { 3.0, 1, 0.5 });
        AreClose(CrossEntropyLoss(weight).call(logits, target), [(0.5 * entries[0] + 3 * entries[1]) / 3.5]);
        AreClose(functional.cross_entropy(logits, target), [entries.Average()]);
        var smoothed = new CrossEntropyLoss(label_smoothing: 0.3);
        double mean = Enumerable.Range(0, 2).Average(r => 0.7 * entries[r] + 0.1 * Enumerable.Range(0, 3).Sum(c => Entry(r, c)));
        AreClose(smoothed.call(logits, target), [mean]);
    }

    [Test]
    public void MarginLossesFollowTheirFormulas()
    {
        using var scope = NewDisposeScope();
        double[] signs = [1, -1, 1, -1];
        AreClose(
            MarginRankingLoss(0.2, Reduction.None).call(Line(X), Line(Y), Line(signs)),
            [.. Enumerable.Range(0, 4).Select(k => Math.Max(0, -signs[k] * (X[k] - Y[k]) + 0.2))]);
        AreClose(MultiMarginLoss().call(tensor(new[] { 0.1, 0.2, 0.9 }).view(1, 3), tensor(new long[] { 1 })), [(0.9 + 1.7) / 3]);
        AreClose(
            MultiLabelMarginLoss().call(tensor(new[] { 0.1, 0.2, 0.4, 0.8 }).view(1, 4), tensor(new long[] { 3, 0, -1, 1 }).view(1, 4)),
            [(1 - (0.8 - 0.2) + 1 - (0.8 - 0.4) + 1 - (0.1 - 0.2) + 1 - (0.1 - 0.4)) / 4]);
        double[] t = [1, 0, 1, 1];
        AreClose(
            MultiLabelSoftMarginLoss().call(Line(X).view(1, 4), Line(t).view(1, 4)),
            [Entries(X, t, (x, y) => -(y * Math.Log(Sigmoid(x)) + (1 - y) * Math.Log(1 - Sigmoid(x)))).Average()]);
    }

    [Test]
    public void TripletLossesCompareDistances()
    {
        using var scope = NewDisposeScope();
        Tensor anchor = tensor(new[] { 0.0, 0 }).view(1, 2), near = tensor(new[] { 3.0, 4 }).view(1, 2), far = tensor(new[] { 0.0, 5.5 }).view(1, 2);
        AreClose(TripletMarginLoss().call(anchor, near, far), [5 - 5.5 + 1], 1e-5);
        AreClose(TripletMarginWithDistanceLoss().call(anchor, near, far), [5 - 5.5 + 1], 1e-5);
        AreClose(
            TripletMarginWithDistanceLoss((a, b) => (a - b).abs().sum(-1)).call(anchor, near, far), [7 - 5.5 + 1]);
    }

    [Test]
    public void GaussianLikelihoodSumsOverFeatures()
    {
        using var scope = NewDisposeScope();
        double[] variance = [0.5, 1, 2, 4];
        double[] entries = [.. Enumerable.Range(0, 4).Select(k => 0.5 * (Math.Log(variance[k]) + (X[k] - Y[k]) * (X[k] - Y[k]) / variance[k]))];
        Tensor x = Line(X).view(2, 2), y = Line(Y).view(2, 2), v = Line(variance).view(2, 2);
        AreClose(GaussianNLLLoss(reduction: Reduction.None).call(x, y, v), [entries[0] + entries[1], entries[2] + entries[3]]);
        AreClose(GaussianNLLLoss(full: true).call(x, y, v), [entries.Sum() / 2 + Math.Log(2 * Math.PI)], 1e-6);
        Assert.Throws<ArgumentException>(() => GaussianNLLLoss().call(x, y, -v));
    }

    [Test]
    public void CosineEmbeddingFollowsTheTarget()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor(new[] { 1.0, 0, 1, 0 }).view(2, 2), b = tensor(new[] { 1.0, 1, 1, 1 }).view(2, 2);
        AreClose(
            CosineEmbeddingLoss(0.5, Reduction.None).call(a, b, tensor(new[] { 1.0, -1 })),
            [1 - Math.Sqrt(0.5), Math.Sqrt(0.5) - 0.5], 1e-7);
    }

    [Test]
    public void CtcOfOneFrameIsItsNegativeLogProbability()
    {
        using var scope = NewDisposeScope();
        Tensor logits = Random(1, 1, 3);
        Tensor logs = functional.log_softmax(logits, 2);
        Tensor loss = CTCLoss().call(
            logs, tensor(new long[] { 2 }).view(1, 1), tensor(new long[] { 1 }), tensor(new long[] { 1 }));
        AreClose(loss, [-At(logs, 0, 0, 2)]);
    }

    [Test]
    public void GradientsPassThroughALoss()
    {
        using var scope = NewDisposeScope();
        Tensor x = Line(X).requires_grad_();
        MSELoss(Reduction.Sum).call(x, Line(Y)).backward();
        AreClose(x.grad!, Entries(X, Y, (a, b) => 2 * (a - b)));
    }
}
