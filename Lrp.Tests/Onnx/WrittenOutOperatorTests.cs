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

    [TestCase("ms:MultiHeadAttention q,q,q,bias y num_heads=2", 8)]
    [TestCase("ms:MultiHeadAttention q,q,q,_,mask y num_heads=2 unidirectional=1", 8)]
    [TestCase("ms:GroupQueryAttention q,k,k,_,_,lengths,total y,pk,pv num_heads=2 kv_num_heads=1", 16)]
    [TestCase(
        "ms:GroupQueryAttention q,k,k,_,_,lengths,total,cos,sin y,pk,pv num_heads=2 kv_num_heads=1 do_rotary=1 "
            + "local_window_size=2 softcap=5f",
        32
    )]
    [TestCase("ms:QAttention xq,wq,bias,xs,ws,mask,xz,wz y num_heads=2", 8)]
    [TestCase("Attention q,q,q,_ y q_num_heads=2 kv_num_heads=2 softcap=2f scale=0.3f", 8)]
    public void AttentionIsThatOfOnnxRuntime(string node, int size)
    {
        var file = new OnnxWriter(23).Input("x", 1, 2, 3, 8);
        file.Tensor("wx", Random(8 * size), 8, size).Tensor("wk", Random(8 * size / 2), 8, size / 2);
        file.Tensor("bias", Random(24), 24).Tensor("mask", [1, 1, 1, 1, 1, 0], 2, 3);
        file.Tensor("lengths", [2, 2], 2).Tensor("total", [3], 1);
        file.Tensor("cos", Values(rand(3 * size / 4).cos()), 3, size / 4)
            .Tensor("sin", Values(rand(3 * size / 4).sin()), 3, size / 4);
        file.Tensor("xs", [0.03f]).Tensor("xz", [(byte)120]).Tensor("ws", [0.01f]).Tensor("wz", [(sbyte)3]);
        file.Tensor("wq", [.. Enumerable.Range(0, 192).Select(k => (sbyte)((k * 37 % 200) - 100))], 8, 24);
        var given = node.Contains("xq", StringComparison.Ordinal)
            ? "QuantizeLinear x,xs,xz xq;"
            : "MatMul x,wx q;MatMul x,wk k;";
        AssertVerified(Nodes(file, given + node).Output("y"), randn(2, 3, 8));
    }

    [TestCase("ms:MatMulNBits x,nibbles,scales y K=32 N=3 bits=4 block_size=16")]
    [TestCase("ms:MatMulNBits x,nibbles,scales,zeros y K=32 N=3 bits=4 block_size=16")]
    [TestCase("ms:FusedGemm x,w,c y activation=LeakyRelu activation_alpha=0.1f alpha=0.5f")]
    [TestCase("QuantizeLinear x,s,z xq;ms:QGemm xq,s,z,wq,s,wz,cq y transB=1")]
    [TestCase(
        "QuantizeLinear x,s,z a;Neg x n;QuantizeLinear n,s,z b;"
            + "ms:QLinearWhere odd,a,s,z,b,s,z,s,z q;DequantizeLinear q,s,z y"
    )]
    [TestCase("Compress x,odd y axis=1")]
    public void SoAreLayersOfOnnxRuntime(string nodes)
    {
        var file = new OnnxWriter(17).Input("x", 1, 2, 32).Tensor("w", Random(96), 32, 3).Tensor("c", Random(3), 3);
        file.Tensor("nibbles", [.. Enumerable.Range(0, 48).Select(k => (byte)(k * 89 % 256))], 3, 2, 8);
        file.Tensor("scales", Values(rand(6).add(0.1)), 6).Tensor("zeros", [(byte)0x73, (byte)0x58, (byte)0x9A], 3);
        file.Tensor("s", [0.05f]).Tensor("z", [(byte)128]).Tensor("wz", [(byte)100]).Tensor("cq", [40, -7, 12], 3);
        file.Tensor("wq", [.. Enumerable.Range(0, 96).Select(k => (byte)(k * 53 % 256))], 3, 32);
        file.Tensor("odd", [.. Enumerable.Range(0, 32).Select(k => k % 2 == 1)], 32);
        AssertVerified(Nodes(file, nodes).Output("y"), randn(2, 32));
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
