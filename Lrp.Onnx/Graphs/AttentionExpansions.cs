namespace Lrp.Onnx.Graphs;

/// <summary>Attention in one node, of ONNX and of ONNX Runtime, written out.</summary>
internal static class AttentionExpansions
{
    /// <summary>com.microsoft.Attention: input, weights, bias, mask, past, bias of scores.</summary>
    public static void Fused(ExpansionBody body)
    {
        Refuse(body, (4, "past keys"), (6, "the length of past keys"));
        Projected(body, body[0], body[1], body.Has(2) ? body[2] : "", mask: 3, added: 5);
    }

    /// <summary>com.microsoft.QAttention: the same with whole numbers for the input and the weights.</summary>
    public static void OfWholeNumbers(ExpansionBody body)
    {
        Refuse(body, (8, "past keys"));
        Projected(body, body.Meant(0, 3, 6, 0), body.Meant(1, 4, 7, 1), body[2], mask: 5, added: -1);
    }

    /// <summary>com.microsoft.MultiHeadAttention: queries, keys, values, bias, mask, bias of scores, past.</summary>
    public static void MultiHead(ExpansionBody body)
    {
        Refuse(body, (8, "the length of past keys"), (9, "beams"));
        if (!body.Has(1) || !body.Has(2))
        {
            throw body.Unsupported("has queries, keys and values in one tensor, which is not supported");
        }

        var heads = body.Int("num_heads", 1);
        string[] parts =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(k =>
                    body.Has(3)
                        ? body.Add("Add", [body[k], body.AddOwn("BiasPart", [body[3], body[0]], ("part", (long)k))])
                        : body[k]
                )
                .Select(part => Heads(body, part, heads)),
        ];
        var (k, v) = (Cached(body, parts[1], 6, 1), Cached(body, parts[2], 7, 2));
        var scores = Scores(body, parts[0], k);
        scores = body.Has(4) ? Padded(body, scores, 4) : scores;
        scores = body.Has(5) ? body.Add("Add", [scores, body[5]]) : scores;
        scores = body.Int("unidirectional", 0) == 1 ? Masked(body, scores, 0) : scores;
        body.Result(Merged(body, Mixed(body, scores, v)));
    }

    /// <summary>
    /// com.microsoft.GroupQueryAttention: queries, keys, values, past, lengths, cosines and sines, positions, bias of
    /// scores.
    /// </summary>
    public static void GroupQuery(ExpansionBody body)
    {
        Refuse(body, (11, "a sink"));
        if (!body.Has(1) || !body.Has(2) || body.Int("smooth_softmax", 0) == 1)
        {
            throw body.Unsupported(
                "has queries, keys and values in one tensor, or a smooth softmax: neither is supported"
            );
        }

        var q = Heads(body, body[0], body.Int("num_heads", 1));
        var k = Heads(body, body[1], body.Int("kv_num_heads", 1));
        var v = Heads(body, body[2], body.Int("kv_num_heads", 1));
        if (body.Int("do_rotary", 0) == 1)
        {
            var positions = body.Has(9) ? body[9] : body.AddOwn("PastLength", [body[6], q]);
            (q, k) = (Turned(q), Turned(k));

            string Turned(string value) =>
                body.AddOwn(
                    "RotaryEmbedding",
                    [value, body[7], body[8], positions],
                    ("interleaved", body.Int("rotary_interleaved", 0))
                );
        }

        (k, v) = (Cached(body, k, 3, 1), Cached(body, v, 4, 2));
        k = body.AddOwn("RepeatHeads", [body.AddOwn("OfLength", [k, body[6], body[5]]), q]);
        var scores = Capped(body, Scores(body, q, k));
        scores = body.Has(10) ? body.Add("Add", [scores, body[10]]) : scores;
        scores = Masked(body, scores, Math.Max(0, body.Int("local_window_size", -1)));
        body.Result(Merged(body, Mixed(body, scores, body.AddOwn("RepeatHeads", [v, q]))));
    }

    /// <summary>Attention of opset 23: queries, keys, values, mask, past.</summary>
    public static void Plain(ExpansionBody body)
    {
        var (queries, keys) = (body.Int("q_num_heads", 0), body.Int("kv_num_heads", 0));
        var isFlat = queries > 0;
        if (body.Has(4) && body.Int("is_causal", 0) == 1)
        {
            throw body.Unsupported("has is_causal and past keys, which is not supported; export without a cache");
        }

        if (body.HasOutput(3))
        {
            throw body.Unsupported("has the products of queries and keys as an output, which is not supported");
        }

        var q = isFlat ? Heads(body, body[0], queries) : body[0];
        var k = Cached(body, isFlat ? Heads(body, body[1], keys) : body[1], 4, 1);
        var v = Cached(body, isFlat ? Heads(body, body[2], keys) : body[2], 5, 2);
        var scores = Scores(body, q, body.AddOwn("RepeatHeads", [k, q]));
        scores = body.Has(3) ? body.Add("Add", [scores, body.AddOwn("AdditiveMask", [body[3], scores])]) : scores;
        scores = body.Int("is_causal", 0) == 1 ? Masked(body, scores, 0) : scores;
        var mixed = Mixed(body, Capped(body, scores), body.AddOwn("RepeatHeads", [v, q]));
        body.Result(isFlat ? Merged(body, mixed) : mixed);
    }

    private static void Refuse(ExpansionBody body, params IEnumerable<(int Input, string What)> inputs)
    {
        foreach (var (input, what) in inputs.Where(each => body.Has(each.Input)))
        {
            throw body.Unsupported($"is given {what} (input {input + 1}), which is not supported");
        }
    }

    private static void Projected(ExpansionBody body, string x, string weights, string bias, int mask, int added)
    {
        if (body.Int("do_rotary", 0) == 1)
        {
            throw body.Unsupported("turns queries and keys (do_rotary), which is not supported");
        }

        var heads = body.Int("num_heads", 1);
        var product = body.Add("MatMul", [x, weights]);
        product = bias.Length > 0 ? body.Add("Add", [product, bias]) : product;
        var parts = body.Split(product, 3, body.Ints("qkv_hidden_sizes"));
        var (q, k, v) = (Heads(body, parts[0], heads), Heads(body, parts[1], heads), Heads(body, parts[2], heads));
        var scores = Scores(body, q, k);
        scores = body.Has(mask) ? Padded(body, scores, mask) : scores;
        scores = added >= 0 && body.Has(added) ? body.Add("Add", [scores, body[added]]) : scores;
        scores = body.Int("unidirectional", 0) == 1 ? Masked(body, scores, 0) : scores;
        body.Result(Merged(body, Mixed(body, scores, v)));
    }

    private static string Heads(ExpansionBody body, string value, long heads) =>
        body.AddOwn("Heads", [value], ("heads", heads));

    /// <summary>Keys or values behind those of the past; they are an output as well.</summary>
    private static string Cached(ExpansionBody body, string value, int past, int output) =>
        body.Result(
            body.Has(past) ? body.Add("Concat", [body[past], value], ("axis", 2L)) : body.Add("Identity", [value]),
            output
        );

    private static string Scores(ExpansionBody body, string q, string k)
    {
        var scaled = body.AddOwn("Scaled", [q], ("scale", body.Float("scale", 0)));
        return body.Add("MatMul", [scaled, body.AddOwn("TransposeLast", [k])]);
    }

    private static string Padded(ExpansionBody body, string scores, int mask)
    {
        var filter = ("filter", (object)body.Float("mask_filter_value", -10000));
        return body.Add("Add", [scores, body.AddOwn("PaddingMask", [body[mask], scores], filter)]);
    }

    /// <summary>Without what comes later, and what is as far back as a window is long; 0 for no window.</summary>
    private static string Masked(ExpansionBody body, string scores, long window) =>
        body.Add("Add", [scores, body.AddOwn("CausalMask", [scores], ("window", window))]);

    private static string Capped(ExpansionBody body, string scores) =>
        body.Float("softcap", 0) is var cap and > 0 ? body.AddOwn("SoftCap", [scores], ("cap", cap)) : scores;

    private static string Mixed(ExpansionBody body, string scores, string v) =>
        body.Add("MatMul", [body.Add("Softmax", [scores], ("axis", -1L)), v]);

    private static string Merged(ExpansionBody body, string value)
    {
        var turned = body.Add("Transpose", [value], ("perm", new long[] { 0, 2, 1, 3 }));
        return body.Add("Reshape", [turned, body.Numbers(0, 0, -1)]);
    }
}
