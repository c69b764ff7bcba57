using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Operators of published models that no reference case has, against torch's functions.</summary>
[TestFixture]
public sealed class WrittenOutOperatorTests : WrittenFiles
{
    private const string Microsoft = "com.microsoft";

    [Test]
    public void QuickGeluIsXTimesSigmoid()
    {
        var x = randn(2, 4);
        var file = new OnnxWriter(17)
            .Input("x", 1, -1, 4)
            .Node("QuickGelu", "x", "y", Microsoft, ("alpha", 1.702f))
            .Output("y");
        AssertClose(Run(file, x), x.mul(x.mul(1.702).sigmoid()));
    }

    [Test]
    public void BiasGeluAddsBefore()
    {
        var (x, bias) = (randn(2, 4), randn(4));
        var file = new OnnxWriter(17)
            .Input("x", 1, -1, 4)
            .Tensor("b", Values(bias), 4)
            .Node("BiasGelu", "x b", "y", Microsoft)
            .Output("y");
        AssertClose(Run(file, x), nn.functional.gelu(x.add(bias)));
    }

    [Test]
    public void SkipLayerNormalizationAddsAndNormalises()
    {
        var (x, skip, gamma, beta) = (randn(2, 3, 4), randn(2, 3, 4), randn(4), randn(4));
        var file = new OnnxWriter(17)
            .Input("x", 1, -1, 3, 4)
            .Input("s", 1, -1, 3, 4)
            .Tensor("g", Values(gamma), 4)
            .Tensor("b", Values(beta), 4)
            .Node("SkipLayerNormalization", "x s g b", "y", Microsoft, ("epsilon", 1e-5f))
            .Output("y");
        AssertClose(Run(file, x, skip), nn.functional.layer_norm(x.add(skip), [4], gamma, beta, 1e-5));
    }

    [Test]
    public void FusedMatMulTurnsAndScales()
    {
        var (a, b) = (randn(2, 3, 4), randn(2, 3, 5));
        var file = new OnnxWriter(17)
            .Input("a", 1, -1, 3, 4)
            .Input("b", 1, -1, 3, 5)
            .Node("FusedMatMul", "a b", "y", Microsoft, ("transA", 1L), ("alpha", 0.5f))
            .Output("y");
        AssertClose(Run(file, a, b), a.transpose(1, 2).matmul(b).mul(0.5));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void AttentionIsThatOfTorch(bool isCausal)
    {
        var (q, k, v) = (randn(2, 2, 3, 4), randn(2, 2, 3, 4), randn(2, 2, 3, 4));
        var file = new OnnxWriter(23)
            .Input("q", 1, -1, 2, 3, 4)
            .Input("k", 1, -1, 2, 3, 4)
            .Input("v", 1, -1, 2, 3, 4)
            .Node("Attention", "q k v", "y", "", ("is_causal", isCausal ? 1L : 0L))
            .Output("y");
        AssertClose(Run(file, q, k, v), nn.functional.scaled_dot_product_attention(q, k, v, is_casual: isCausal));
    }

    [Test]
    public void AttentionOfFewerKeyHeadsRepeatsThem()
    {
        var (q, k, v) = (randn(2, 3, 16), randn(2, 3, 8), randn(2, 3, 8));
        var file = new OnnxWriter(23)
            .Input("q", 1, -1, 3, 16)
            .Input("k", 1, -1, 3, 8)
            .Input("v", 1, -1, 3, 8)
            .Node("Attention", "q k v", "y", "", ("q_num_heads", 4L), ("kv_num_heads", 2L))
            .Output("y");
        Tensor Heads(Tensor x) => x.reshape(2, 3, -1, 4).transpose(1, 2);
        var (keys, values) = (Heads(k).repeat_interleave(2, 1), Heads(v).repeat_interleave(2, 1));
        var expected = nn.functional.scaled_dot_product_attention(Heads(q), keys, values);
        AssertClose(Run(file, q, k, v), expected.transpose(1, 2).reshape(2, 3, 16));
    }

    [Test]
    public void MicrosoftsAttentionProjectsAndMasks()
    {
        var (x, w, b) = (randn(2, 3, 4), randn(4, 12), randn(12));
        var mask = tensor(
            new int[,]
            {
                { 1, 1, 1 },
                { 1, 1, 0 },
            }
        );
        var file = new OnnxWriter(17)
            .Input("x", 1, -1, 3, 4)
            .Input("m", 6, -1, 3)
            .Tensor("w", Values(w), 4, 12)
            .Tensor("b", Values(b), 12)
            .Node("Attention", "x w b m", "y", Microsoft, ("num_heads", 2L))
            .Output("y");
        var parts = x.matmul(w).add(b).chunk(3, -1).Select(part => part.reshape(2, 3, 2, 2).transpose(1, 2)).ToArray();
        var hidden = mask.eq(0).unsqueeze(1).unsqueeze(1).to_type(ScalarType.Float32).mul(-10000);
        var expected = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], hidden);
        AssertClose(Run(file, x, mask), expected.transpose(1, 2).reshape(2, 3, 4));
    }

    [TestCase(0L)]
    [TestCase(1L)]
    public void RotaryEmbeddingTurnsPairs(long interleaved)
    {
        var (x, angles) = (randn(1, 2, 3, 4), rand(3, 2));
        var file = new OnnxWriter(23)
            .Input("x", 1, -1, 2, 3, 4)
            .Tensor("c", Values(angles.cos()), 1, 3, 2)
            .Tensor("s", Values(angles.sin()), 1, 3, 2)
            .Node("RotaryEmbedding", "x c s", "y", "", ("interleaved", interleaved))
            .Output("y");
        var pairs = interleaved == 1 ? x.reshape(1, 2, 3, 2, 2) : x.reshape(1, 2, 3, 2, 2).transpose(-1, -2);
        var turned = view_as_complex(pairs.contiguous()).mul(complex(angles.cos(), angles.sin()));
        var expected = turned.view_as_real();
        expected = interleaved == 1 ? expected : expected.transpose(-1, -2);
        AssertClose(Run(file, x), expected.reshape(1, 2, 3, 4));
    }

    [Test]
    public void RowsOfPublishedModelsAreComputed()
    {
        var x = randn(2, 4);
        AssertClose(Run(One("LogSoftmax"), x), x.log_softmax(-1));
        AssertClose(Run(One("Abs"), x), x.abs());
        AssertClose(Run(One("Sign"), x), x.sign());
        AssertClose(Run(One("Sin"), x), x.sin());
        AssertClose(Run(One("Cos"), x), x.cos());
        AssertClose(Run(new OnnxWriter(17).Input("x", 1, -1, 4).Node("Sum", "x x x", "y").Output("y"), x), x.mul(3));
    }

    private static OnnxWriter One(string op) => new OnnxWriter(17).Input("x", 1, -1, 4).Node(op, "x", "y").Output("y");

    private Tensor Run(OnnxWriter file, params Tensor[] inputs)
    {
        using var model = Load(file);
        using var grad = no_grad();
        return model.call(inputs)[0];
    }
}
