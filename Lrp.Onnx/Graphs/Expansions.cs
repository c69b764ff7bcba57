using Lrp.Onnx.Format;

namespace Lrp.Onnx.Graphs;

/// <summary>
/// Operators that stand for several others, such as those of ONNX Runtime's optimiser: each is written out, so that
/// what it does to relevance follows from its parts.
/// </summary>
internal static class Expansions
{
    private const string Microsoft = "com.microsoft";

    private static readonly Dictionary<(string Domain, string Name), Action<ExpansionBody>> Bodies = new()
    {
        [(Microsoft, "Gelu")] = body => body.Result(body.Add("Gelu", [body[0]])),
        [(Microsoft, "FastGelu")] = body =>
            body.Result(body.Add("Gelu", [Biased(body, 0, 1)], ("approximate", "tanh"))),
        [(Microsoft, "BiasGelu")] = body => body.Result(body.Add("Gelu", [Biased(body, 0, 1)])),
        [(Microsoft, "QuickGelu")] = body =>
            body.Result(body.Add("Swish", [body[0]], ("alpha", body.Float("alpha", 1.702)))),
        [(Microsoft, "FusedMatMul")] = FusedMatMul,
        [(Microsoft, "SkipLayerNormalization")] = body => SkipNorm(body, "LayerNormalization", hasBeta: true),
        [(Microsoft, "SkipSimplifiedLayerNormalization")] = body => SkipNorm(body, "RMSNormalization", hasBeta: false),
        [(Microsoft, "EmbedLayerNormalization")] = EmbedNorm,
        [(Microsoft, "FusedConv")] = body => Activated(body, body.Copy("Conv", [body[0], body[1], body[2]], ""), 3),
        [(Microsoft, "FusedGemm")] = body => Activated(body, body.Copy("Gemm", [body[0], body[1], body[2]], ""), -1),
        [(Microsoft, "MatMulNBits")] = FewBits,
        [(Microsoft, "QGemm")] = WholeGemm,
        [(Microsoft, "QLinearWhere")] = WholeWhere,
        [(Microsoft, "Attention")] = AttentionExpansions.Fused,
        [(Microsoft, "QAttention")] = AttentionExpansions.OfWholeNumbers,
        [(Microsoft, "MultiHeadAttention")] = AttentionExpansions.MultiHead,
        [(Microsoft, "GroupQueryAttention")] = AttentionExpansions.GroupQuery,
        [(Microsoft, "RotaryEmbedding")] = body =>
            body.Result(body.Copy("RotaryEmbedding", [body[0], body[2], body[3], body[1]], ExpansionBody.Own)),
        [("", "RotaryEmbedding")] = body =>
            body.Result(body.Copy("RotaryEmbedding", [body[0], body[1], body[2], body[3]], ExpansionBody.Own)),
        [("", "Attention")] = AttentionExpansions.Plain,
    };

    /// <summary>The operators, by domain and name.</summary>
    public static IEnumerable<(string Domain, string Name)> Operators => Bodies.Keys;

    /// <summary>The nodes that a node stands for, as a function; null where it stands for itself.</summary>
    /// <param name="node">The node.</param>
    /// <param name="opset">The version of its domain.</param>
    public static FunctionDefinition? Of(NodeDefinition node, long opset)
    {
        if (!Bodies.TryGetValue((node.Domain, node.Operator), out var write))
        {
            return null;
        }

        var body = new ExpansionBody(node, opset);
        write(body);
        return body.Function;
    }

    private static string Biased(ExpansionBody body, int value, int bias) =>
        body.Has(bias) ? body.Add("Add", [body[value], body[bias]]) : body[value];

    private static void FusedMatMul(ExpansionBody body)
    {
        var a = body.Int("transA", 0) == 1 ? body.AddOwn("TransposeLast", [body[0]]) : body[0];
        var b = body.Int("transB", 0) == 1 ? body.AddOwn("TransposeLast", [body[1]]) : body[1];
        var alpha = body.Float("alpha", 1);
        b = alpha == 1 ? b : body.AddOwn("Scaled", [b], ("scale", alpha));
        body.Result(body.Add("MatMul", [a, b]));
    }

    private static void SkipNorm(ExpansionBody body, string norm, bool hasBeta)
    {
        var bias = hasBeta ? 4 : 3;
        var sum = body.Add("Add", [body[0], body[1]]);
        sum = body.Has(bias) ? body.Add("Add", [sum, body[bias]]) : sum;
        string[] inputs = hasBeta && body.Has(3) ? [sum, body[2], body[3]] : [sum, body[2]];
        body.Result(body.Add(norm, inputs, ("epsilon", body.Float("epsilon", 1e-12))));
        body.Result(body.Add("Identity", [sum]), 3);
    }

    private static void EmbedNorm(ExpansionBody body)
    {
        // input ids, segment ids, word, position and segment embeddings, γ, β, mask, position ids
        var words = body.Add("Gather", [body[2], body[0]]);
        var positions = body.Has(8) ? body[8] : body.AddOwn("Positions", [body[0]]);
        var sum = body.Add("Add", [words, body.Add("Gather", [body[3], positions])]);
        if (body.Has(1) && body.Has(4))
        {
            sum = body.Add("Add", [sum, body.Add("Gather", [body[4], body[1]])]);
        }

        body.Result(body.Add("LayerNormalization", [sum, body[5], body[6]], ("epsilon", body.Float("epsilon", 1e-12))));
        body.Result(body.AddOwn("Lengths", [body.Has(7) ? body[7] : body[0]]), 1);
        body.Result(body.Add("Identity", [sum]), 2);
    }

    /// <summary>A layer, to which another value may be added, and its activation.</summary>
    private static void Activated(ExpansionBody body, string value, int added)
    {
        value = added >= 0 && body.Has(added) ? body.Add("Add", [value, body[added]]) : value;
        var given = body.Floats("activation_params") ?? [];
        var name = body.Text("activation", "");
        var alpha = given.Length > 0 ? given[0] : body.Float("activation_alpha", 0);
        var beta = given.Length > 1 ? given[1] : body.Float("activation_beta", 0);
        body.Result(
            name switch
            {
                "" => body.Add("Identity", [value]),
                "Relu" or "Tanh" or "Sigmoid" => body.Add(name, [value]),
                "LeakyRelu" => body.Add(name, [value], ("alpha", alpha)),
                "Clip" => body.Add(name, [value], ("min", alpha), ("max", beta)),
                "HardSigmoid" => body.Add(name, [value], ("alpha", alpha), ("beta", beta)),
                _ => throw body.Unsupported(
                    $"has the activation '{name}'; Relu, Tanh, Sigmoid, LeakyRelu, Clip and HardSigmoid are supported"
                ),
            }
        );
    }

    /// <summary>A product with a matrix of whole numbers of few bits, in blocks with a scale each.</summary>
    private static void FewBits(ExpansionBody body)
    {
        if (body.Has(4))
        {
            throw body.Unsupported("has an order of its groups (g_idx), which is not supported");
        }

        string[] inputs = body.Has(3) ? [body[1], body[2], body[3]] : [body[1], body[2]];
        var matrix = body.AddOwn(
            "FromBits",
            inputs,
            ("K", body.Int("K", 0)),
            ("N", body.Int("N", 0)),
            ("bits", body.Int("bits", 4)),
            ("block_size", body.Int("block_size", 32))
        );
        var product = body.Add("MatMul", [body[0], body.AddOwn("TransposeLast", [matrix])]);
        body.Result(body.Has(5) ? body.Add("Add", [product, body[5]]) : product);
    }

    private static void WholeGemm(ExpansionBody body)
    {
        var (transA, transB) = (body.Int("transA", 0), body.Int("transB", 0));
        var a = body.Meant(0, 1, 2, 0);
        var b = body.Meant(3, 4, 5, transB == 1 ? 0L : 1L);
        var alpha = body.Float("alpha", 1);
        string[] inputs = [a, b];
        if (body.Has(6))
        {
            var scale = body.AddOwn("Scaled", [body.Add("Mul", [body[1], body[4]])], ("scale", alpha));
            inputs = [a, b, body.Add("DequantizeLinear", [body[6], scale], ("axis", 0L))];
        }

        var product = body.Add("Gemm", inputs, ("alpha", alpha), ("transA", transA), ("transB", transB));
        body.Result(body.Has(7) ? body.Rounded(product, 7, 8) : product);
    }

    private static void WholeWhere(ExpansionBody body)
    {
        var chosen = body.Add("Where", [body[0], body.Meant(1, 2, 3, 0), body.Meant(4, 5, 6, 0)]);
        body.Result(body.Rounded(chosen, 7, 8));
    }
}
