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
        [(Microsoft, "Attention")] = FusedAttention,
        [(Microsoft, "RotaryEmbedding")] = body =>
            body.Result(body.Copy("RotaryEmbedding", [body[0], body[2], body[3], body[1]], ExpansionBody.Own)),
        [("", "RotaryEmbedding")] = body =>
            body.Result(body.Copy("RotaryEmbedding", [body[0], body[1], body[2], body[3]], ExpansionBody.Own)),
        [("", "Attention")] = Attention,
    };

    /// <summary>The operators, by domain and name.</summary>
    public static IEnumerable<(string Domain, string Name)> Operators => Bodies.Keys;

    /// <summary>The nodes that a node stands for, as a function; null where it stands for itself.</summary>
    public static FunctionDefinition? Of(NodeDefinition node)
    {
        if (!Bodies.TryGetValue((node.Domain, node.Operator), out var write))
        {
            return null;
        }

        var body = new ExpansionBody(node);
        write(body);
        return body.Function;
    }

    private static string Biased(ExpansionBody body, int value, int bias) =>
        body.Has(bias) ? body.Add("Add", [body[value], body[bias]]) : body[value];

    private static void FusedMatMul(ExpansionBody body)
    {
        var a = body.Int("transA", 0) == 1 ? body.AddOwn("TransposeLast", [body[0]]) : body[0];
        var b = body.Int("transB", 0) == 1 ? body.AddOwn("TransposeLast", [body[1]]) : body[1];
        var product = body.Add("MatMul", [a, b]);
        body.Result(body.AddOwn("Scaled", [product], ("scale", body.Float("alpha", 1))));
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

    private static void FusedAttention(ExpansionBody body)
    {
        var heads = body.Int("num_heads", 1);
        var product = body.Add("MatMul", [body[0], body[1]]);
        product = body.Has(2) ? body.Add("Add", [product, body[2]]) : product;
        var parts = body.Split(product, 3, body.Ints("qkv_hidden_sizes"));
        var (q, k, v) = (Heads(body, parts[0], heads), Heads(body, parts[1], heads), Heads(body, parts[2], heads));
        var scores = Scores(body, q, k);
        if (body.Has(3))
        {
            var filter = ("filter", (object)body.Float("mask_filter_value", -10000));
            scores = body.Add("Add", [scores, body.AddOwn("PaddingMask", [body[3], scores], filter)]);
        }

        scores = body.Has(5) ? body.Add("Add", [scores, body[5]]) : scores;
        scores = body.Int("unidirectional", 0) == 1 ? Causal(body, scores) : scores;
        body.Result(Merged(body, body.Add("MatMul", [body.Add("Softmax", [scores], ("axis", -1L)), v])));
    }

    private static void Attention(ExpansionBody body)
    {
        var (queries, keys) = (body.Int("q_num_heads", 0), body.Int("kv_num_heads", 0));
        var isFlat = queries > 0;
        var q = isFlat ? Heads(body, body[0], queries) : body[0];
        var k = isFlat ? Heads(body, body[1], keys) : body[1];
        var v = isFlat ? Heads(body, body[2], keys) : body[2];
        if (body.Has(4) && body.Int("is_causal", 0) == 1)
        {
            throw new OnnxUnsupportedException(
                "Attention with is_causal and past keys is not supported; export the model without a cache."
            );
        }

        k = body.Has(4) ? body.Add("Concat", [body[4], k], ("axis", 2L)) : body.Add("Identity", [k]);
        v = body.Has(5) ? body.Add("Concat", [body[5], v], ("axis", 2L)) : body.Add("Identity", [v]);
        k = body.Result(k, 1);
        v = body.Result(v, 2);
        k = body.AddOwn("RepeatHeads", [k, q]);
        v = body.AddOwn("RepeatHeads", [v, q]);
        var scores = Scores(body, q, k);
        scores = body.Has(3) ? body.Add("Add", [scores, body.AddOwn("AdditiveMask", [body[3], scores])]) : scores;
        scores = body.Int("is_causal", 0) == 1 ? Causal(body, scores) : scores;
        if (body.Float("softcap", 0) is var cap and > 0)
        {
            scores = body.AddOwn("SoftCap", [scores], ("cap", cap));
        }

        var mixed = body.Add("MatMul", [body.Add("Softmax", [scores], ("axis", -1L)), v]);
        body.Result(isFlat ? Merged(body, mixed) : mixed);
    }

    private static string Heads(ExpansionBody body, string value, long heads)
    {
        var shape = body.Numbers(0, 0, heads, -1);
        return body.Add("Transpose", [body.Add("Reshape", [value, shape])], ("perm", new long[] { 0, 2, 1, 3 }));
    }

    private static string Merged(ExpansionBody body, string value)
    {
        var turned = body.Add("Transpose", [value], ("perm", new long[] { 0, 2, 1, 3 }));
        return body.Add("Reshape", [turned, body.Numbers(0, 0, -1)]);
    }

    private static string Scores(ExpansionBody body, string q, string k)
    {
        var scaled = body.AddOwn("Scaled", [q], ("scale", body.Float("scale", 0)));
        return body.Add("MatMul", [scaled, body.AddOwn("TransposeLast", [k])]);
    }

    private static string Causal(ExpansionBody body, string scores) =>
        body.Add("Add", [scores, body.AddOwn("CausalMask", [scores])]);
}
