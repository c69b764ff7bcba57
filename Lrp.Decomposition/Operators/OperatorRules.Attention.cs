using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Fused attention and embeddings.</content>
public static partial class OperatorRules
{
    private static void Attention(Dictionary<string, OperatorRule> rules) =>
        rules.Add(
            OperatorRule.FromMany(context =>
            {
                var operation = context.Operation;
                if (operation.GetDouble("dropout_p") > 0)
                {
                    throw new NotSupportedException(
                        "attention drops weights at random in training mode; call model.eval() first"
                    );
                }

                var (query, key, value) = (context.Input("query"), context.Input("key"), context.Input("value"));
                var scale =
                    operation.Has("scale") && operation["scale"] is not null
                        ? operation.GetDouble("scale")
                        : 1 / Math.Sqrt(query.Value.shape[^1]);
                var turned = context.Map(key, t => t.transpose(-2, -1));
                var scores = new Decomposed(
                    query.Value.matmul(turned.Value) * scale,
                    context.Product(
                        query,
                        turned,
                        (a, aLeads, b, bLeads) =>
                            Matrices(a, aLeads, query.Value.ndim, b, bLeads, key.Value.ndim) * scale
                    )
                );
                scores = Masked(context, scores, AttentionMask(context, scores.Value));
                var weights = scores.Value.softmax(-1);
                var parts = scores.IsConstant ? null : Softmax(context, scores, weights, -1);
                var result = context.Product(
                    new Decomposed(weights, parts),
                    value,
                    (a, aLeads, b, bLeads) => Matrices(a, aLeads, weights.ndim, b, bLeads, value.Value.ndim)
                );
                return
                [
                    result,
                    .. context.Outputs.Skip(1).Select((output, k) => output is null || k > 0 ? null : parts),
                ];
            }),
            "scaled_dot_product_attention",
            "_scaled_dot_product_attention",
            "_scaled_dot_product_attention_math"
        );

    private static Tensor? AttentionMask(OperatorContext context, Tensor scores)
    {
        var mask = context.Operation.Has("attn_mask") ? context.Constant("attn_mask") : null;
        if (context.Operation.GetBool("is_causal"))
        {
            mask = ones([scores.shape[^2], scores.shape[^1]], ScalarType.Bool, scores.device).tril();
        }

        return mask is { dtype: ScalarType.Bool }
            ? zeros(mask.shape, scores.dtype, scores.device).masked_fill(mask.logical_not(), double.NegativeInfinity)
            : mask;
    }

    private static Decomposed Masked(OperatorContext context, Decomposed scores, Tensor? mask)
    {
        if (mask is null)
        {
            return scores;
        }

        var value = scores.Value + mask;
        return new Decomposed(
            value,
            scores.IsConstant ? null : AddConstant(context, scores.Split, value, mask.expand(value.shape))
        );
    }

    private static void Embeddings(Dictionary<string, OperatorRule> rules) =>
        rules.Add(
            OperatorRule.From(context =>
            {
                if (context.Input("weight") is { IsConstant: false })
                {
                    throw new NotSupportedException("components reach the weight of an embedding");
                }

                // The whole vector of a token belongs to the token's component.
                var output = context.Output;
                var members = context.Input("indices").Split.Components.unsqueeze(-1).to_type(output.dtype);
                var components = members * output;
                if (context.IsContextual)
                {
                    return new CompositionChunk(components, null, true);
                }

                var outside = 1 - context.Total(members);
                return new CompositionChunk(components, output * outside, false);
            }),
            "embedding"
        );
}
