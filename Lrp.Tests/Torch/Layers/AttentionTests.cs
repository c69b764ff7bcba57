using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class AttentionTests
{
    private const int Features = 4;
    private const int Heads = 2;

    [SetUp]
    public void Seed() => manual_seed(6);

    private static T Double<T>(T module) where T : Module
    {
        module.to(ScalarType.Float64);
        return module;
    }

    /// <summary>Attention of one sample in plain loops: q, k and v are rows of features.</summary>
    private static double[][] Loops(Module module, string prefix, double[][] q, double[][] k, double[][] v, Func<int, int, bool>? hidden = null, params double[][][] extra)
    {
        double[] projection = Of(module.get_parameter(prefix + "in_proj_weight")!), bias = Of(module.get_parameter(prefix + "in_proj_bias")!);
        double[] output = Of(module.get_parameter(prefix + "out_proj.weight")!), outputBias = Of(module.get_parameter(prefix + "out_proj.bias")!);
        double[] Project(double[] x, int part) =>
            [.. Enumerable.Range(0, Features).Select(r => bias[part * Features + r] + Enumerable.Range(0, Features).Sum(c => projection[(part * Features + r) * Features + c] * x[c]))];
        double[][] pq = [.. q.Select(x => Project(x, 0))], pk = [.. k.Select(x => Project(x, 1))], pv = [.. v.Select(x => Project(x, 2))];
        foreach (double[][] keyAndValue in extra)
        {
            (pk, pv) = ([.. pk, keyAndValue[0]], [.. pv, keyAndValue[1]]);
        }

        int width = Features / Heads;
        var result = new double[q.Length][];
        for (int t = 0; t < q.Length; t++)
        {
            var joined = new double[Features];
            for (int head = 0; head < Heads; head++)
            {
                double[] scores =
                [
                    .. Enumerable.Range(0, pk.Length).Select(s => hidden is not null && hidden(t, s)
                        ? double.NegativeInfinity
                        : Enumerable.Range(head * width, width).Sum(f => pq[t][f] * pk[s][f]) / Math.Sqrt(width)),
                ];
                double sum = scores.Sum(Math.Exp);
                for (int f = head * width; f < (head + 1) * width; f++)
                {
                    joined[f] = Enumerable.Range(0, pk.Length).Sum(s => Math.Exp(scores[s]) / sum * pv[s][f]);
                }
            }

            result[t] = [.. Enumerable.Range(0, Features).Select(r => outputBias[r] + Enumerable.Range(0, Features).Sum(c => output[r * Features + c] * joined[c]))];
        }

        return result;
    }

    private static double[][] Rows(Tensor x, long sample) => [.. Enumerable.Range(0, (int)x.size(0)).Select(t => Of(x.select(0, t).select(0, sample)))];

    private static double[][] Normed(Module module, string name, double[][] rows)
    {
        double[] w = Of(module.get_parameter(name + ".weight")!), b = Of(module.get_parameter(name + ".bias")!);
        return
        [
            .. rows.Select(row =>
            {
                double mean = row.Average(), variance = row.Average(x => (x - mean) * (x - mean));
                return row.Select((x, f) => (x - mean) / Math.Sqrt(variance + 1e-5) * w[f] + b[f]).ToArray();
            }),
        ];
    }

    private static double[][] Sum(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p + q).ToArray())];

    private static double[][] Affine(Module module, string name, double[][] rows)
    {
        double[] w = Of(module.get_parameter(name + ".weight")!), b = Of(module.get_parameter(name + ".bias")!);
        return [.. rows.Select(row => b.Select((bias, r) => bias + row.Select((x, c) => w[r * row.Length + c] * x).Sum()).ToArray())];
    }

    [Test]
    public void AttentionMixesValuesByTheSoftmaxOfTheScores()
    {
        using var scope = NewDisposeScope();
        MultiheadAttention attention = Double(MultiheadAttention(Features, Heads));
        foreach (string bias in new[] { "in_proj_bias", "out_proj.bias" })
        {
            using var off = no_grad();
            attention.get_parameter(bias)!.normal_();
        }

        Tensor q = Random(3, 2, Features), k = Random(5, 2, Features), v = Random(5, 2, Features);
        var (output, weights) = attention.call(q, k, v);
        for (int n = 0; n < 2; n++)
        {
            Assert.That(Rows(output, n), Is.EqualTo(Loops(attention, "", Rows(q, n), Rows(k, n), Rows(v, n))).Within(1e-10));
        }

        Assert.That(weights.shape, Is.EqualTo(new long[] { 2, 3, 5 }));
        AreClose(weights.sum(-1), [1, 1, 1, 1, 1, 1]);
    }

    [Test]
    public void MasksHideSources()
    {
        using var scope = NewDisposeScope();
        MultiheadAttention attention = Double(MultiheadAttention(Features, Heads));
        Tensor x = Random(3, 1, Features);
        Tensor causal = ones([3L, 3], dtype: ScalarType.Bool).triu(1);
        double[][] expected = Loops(attention, "", Rows(x, 0), Rows(x, 0), Rows(x, 0), (t, s) => s > t);
        Assert.That(Rows(attention.call(x, x, x, attn_mask: causal).Item1, 0), Is.EqualTo(expected).Within(1e-10));
        Tensor additive = zeros([3L, 3], dtype: ScalarType.Float64).masked_fill(causal, double.NegativeInfinity);
        Assert.That(Rows(attention.call(x, x, x, attn_mask: additive).Item1, 0), Is.EqualTo(expected).Within(1e-10));
        Tensor padding = tensor(new[] { false, true, false }).unsqueeze(0);
        expected = Loops(attention, "", Rows(x, 0), Rows(x, 0), Rows(x, 0), (_, s) => s == 1);
        Assert.That(Rows(attention.call(x, x, x, key_padding_mask: padding).Item1, 0), Is.EqualTo(expected).Within(1e-10));
    }

    [Test]
    public void ParametersAreNamedAsPyTorchs()
    {
        using var scope = NewDisposeScope();
        HasParameters(
            MultiheadAttention(4, 2),
            ("in_proj_weight", [12, 4]), ("in_proj_bias", [12]), ("out_proj.weight", [4, 4]), ("out_proj.bias", [4]));
        HasParameters(
            MultiheadAttention(4, 2, bias: false, kdim: 3, vdim: 5),
            ("q_proj_weight", [4, 4]), ("k_proj_weight", [4, 3]), ("v_proj_weight", [4, 5]), ("out_proj.weight", [4, 4]));
    }

    [Test]
    public void KeysAndValuesMayHaveOtherFeatures()
    {
        using var scope = NewDisposeScope();
        MultiheadAttention attention = MultiheadAttention(4, 2, kdim: 3, vdim: 5, add_bias_kv: true, add_zero_attn: true);
        var (output, weights) = attention.call(randn(2, 1, 4), randn(6, 1, 3), randn(6, 1, 5));
        Assert.That(output.shape, Is.EqualTo(new long[] { 2, 1, 4 }));
        Assert.That(weights.shape, Is.EqualTo(new long[] { 1, 2, 8 }));
    }

    [Test]
    public void LearnedAndZeroSourcesAreOneMoreKeyEach()
    {
        using var scope = NewDisposeScope();
        MultiheadAttention attention = Double(MultiheadAttention(Features, Heads, add_bias_kv: true, add_zero_attn: true));
        Tensor x = Random(3, 1, Features);
        double[][] learned = [Of(attention.get_parameter("bias_k")!), Of(attention.get_parameter("bias_v")!)];
        double[][] nothing = [new double[Features], new double[Features]];
        Tensor causal = ones([3L, 3], dtype: ScalarType.Bool).triu(1);
        double[][] expected = Loops(attention, "", Rows(x, 0), Rows(x, 0), Rows(x, 0), (t, s) => s < 3 && s > t, learned, nothing);
        Assert.That(Rows(attention.call(x, x, x, attn_mask: causal).Item1, 0), Is.EqualTo(expected).Within(1e-10));
        HasParameters(
            attention,
            ("in_proj_weight", [12, 4]), ("in_proj_bias", [12]), ("bias_k", [1, 1, 4]), ("bias_v", [1, 1, 4]),
            ("out_proj.weight", [4, 4]), ("out_proj.bias", [4]));
    }

    [Test]
    public void AttentionIsLeftOutWhereItIsNotAskedFor()
    {
        using MultiheadAttention attention = MultiheadAttention(4, 2);
        using Tensor x = randn(2, 1, 4);
        var (output, weights) = attention.call(x, x, x, need_weights: false);
        Assert.That(weights.IsInvalid);
        Assert.That(output.shape, Is.EqualTo(new long[] { 2, 1, 4 }));
    }

    [Test]
    public void HeadsMustDivideTheFeatures() => Assert.Throws<ArgumentException>(() => MultiheadAttention(5, 2).Dispose());

    [Test]
    public void AWrongQueryIsNamed()
    {
        using var scope = NewDisposeScope();
        MultiheadAttention attention = MultiheadAttention(4, 2);
        Tensor x = ones(2, 1, 3);
        Assert.That(() => attention.call(x, x, x), Throws.ArgumentException.With.Message.Contains("[2, 1, 3]"));
    }

    [Test]
    public void AnEncoderLayerIsAttentionAndANetworkWithResiduals()
    {
        using var scope = NewDisposeScope();
        TransformerEncoderLayer layer = Double(TransformerEncoderLayer(Features, Heads, 6));
        layer.eval();
        Tensor x = Random(3, 1, Features);
        Assert.That(Rows(layer.call(x), 0), Is.EqualTo(Encoded(layer, "", Rows(x, 0))).Within(1e-9));
    }

    private static double[][] Encoded(Module layer, string prefix, double[][] x)
    {
        double[][] y = Normed(layer, prefix + "norm1", Sum(x, Loops(layer, prefix + "self_attn.", x, x, x)));
        double[][] hidden = [.. Affine(layer, prefix + "linear1", y).Select(row => row.Select(v => Math.Max(0, v)).ToArray())];
        return Normed(layer, prefix + "norm2", Sum(y, Affine(layer, prefix + "linear2", hidden)));
    }

    [Test]
    public void AnEncoderStacksCopiesOfItsLayer()
    {
        using var scope = NewDisposeScope();
        TransformerEncoder encoder = Double(TransformerEncoder(TransformerEncoderLayer(Features, Heads, 6), 2));
        encoder.eval();
        Tensor x = Random(3, 1, Features);
        double[][] expected = Encoded(encoder, "layers.1.", Encoded(encoder, "layers.0.", Rows(x, 0)));
        Assert.That(Rows(encoder.call(x), 0), Is.EqualTo(expected).Within(1e-9));
        Assert.That(encoder.state_dict().Keys, Has.Member("layers.1.self_attn.out_proj.weight"));
        AreClose(encoder.get_parameter("layers.0.linear1.weight")!, encoder.get_parameter("layers.1.linear1.weight")!);
    }

    [Test]
    public void ADecoderLayerAlsoAttendsToTheMemory()
    {
        using var scope = NewDisposeScope();
        TransformerDecoderLayer layer = Double(TransformerDecoderLayer(Features, Heads, 6));
        layer.eval();
        Tensor target = Random(2, 1, Features), memory = Random(3, 1, Features);
        double[][] x = Rows(target, 0), m = Rows(memory, 0);
        double[][] y = Normed(layer, "norm1", Sum(x, Loops(layer, "self_attn.", x, x, x)));
        y = Normed(layer, "norm2", Sum(y, Loops(layer, "multihead_attn.", y, m, m)));
        double[][] hidden = [.. Affine(layer, "linear1", y).Select(row => row.Select(v => Math.Max(0, v)).ToArray())];
        y = Normed(layer, "norm3", Sum(y, Affine(layer, "linear2", hidden)));
        Assert.That(Rows(layer.call(target, memory), 0), Is.EqualTo(y).Within(1e-9));
    }

    [Test]
    public void ATransformerEndsItsEncoderAndDecoderWithANormalization()
    {
        using var scope = NewDisposeScope();
        Transformer transformer = Double(Transformer(Features, Heads, 2, 0, 6));
        transformer.eval();
        Tensor source = Random(3, 1, Features), target = Random(2, 1, Features);
        Assert.That(Rows(transformer.call(source, target), 0), Is.EqualTo(Normed(transformer, "decoder.norm", Rows(target, 0))).Within(1e-9));

        TransformerDecoder decoder = Double(TransformerDecoder(TransformerDecoderLayer(Features, Heads, 6), 1));
        Transformer both = Double(Transformer(Features, Heads, 1, 1, 6));
        decoder.eval();
        both.eval();
        foreach ((string name, Tensor parameter) in decoder.state_dict())
        {
            using var off = no_grad();
            parameter.copy_(both.get_parameter("decoder." + name)!);
        }

        double[][] memory = Normed(both, "encoder.norm", Encoded(both, "encoder.layers.0.", Rows(source, 0)));
        Tensor decoded = decoder.call(target, tensor(memory.SelectMany(row => row).ToArray()).view(3, 1, Features));
        Assert.That(Rows(both.call(source, target), 0), Is.EqualTo(Normed(both, "decoder.norm", Rows(decoded, 0))).Within(1e-9));
    }

    [Test]
    public void DropoutOfALayerIsForTrainingOnly()
    {
        using var scope = NewDisposeScope();
        TransformerEncoderLayer layer = TransformerEncoderLayer(Features, Heads, 6, dropout: 0.5);
        Tensor x = randn(3, 1, Features);
        Assert.That(Of(layer.call(x)), Is.Not.EqualTo(Of(layer.call(x))));
        layer.eval();
        AreClose(layer.call(x), layer.call(x), 0);
    }

    [Test]
    public void ATransformerMapsSourceAndTargetToTheTargetsShape()
    {
        using var scope = NewDisposeScope();
        Transformer transformer = Transformer(4, 2, 1, 1, 6);
        transformer.eval();
        Tensor y = transformer.call(randn(3, 2, 4), randn(5, 2, 4));
        Assert.That(y.shape, Is.EqualTo(new long[] { 5, 2, 4 }));
        Assert.That(
            transformer.state_dict().Keys,
            Is.SupersetOf(new[] { "encoder.layers.0.linear1.weight", "encoder.norm.weight", "decoder.layers.0.multihead_attn.in_proj_weight", "decoder.norm.bias" }));
    }
}
