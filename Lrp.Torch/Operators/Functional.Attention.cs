using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            // libtorch has the operator since 2.0.
            private static readonly bool HasAttention = Call.Exists("scaled_dot_product_attention", "");

            /// <summary>
            /// softmax(q kᵀ / √d + mask) v (Vaswani et al. 2017, equation 1), for q [.., L, d], k [.., S, d] and v [.., S, e].
            /// A boolean mask says which positions take part, a real one is added. <paramref name="p"/> is the probability
            /// with which a weight is dropped.
            /// </summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                ArgumentNullException.ThrowIfNull(query);
                ArgumentNullException.ThrowIfNull(key);
                ArgumentNullException.ThrowIfNull(value);
                if (p < 0)
                {
                    throw new ArgumentException("scaled_dot_product_attention: the probability of dropout must not be negative.", nameof(p));
                }

                if (is_casual && attn_mask is not null)
                {
                    throw new ArgumentException("scaled_dot_product_attention: a causal attention takes no mask.", nameof(attn_mask));
                }

                if (HasAttention)
                {
                    return attention(query, key, value, attn_mask, p, is_casual);
                }

                using var scope = NewDisposeScope();
                var scores = (query / Math.Sqrt(query.shape[^1])).matmul(key.transpose(-2, -1));
                if (is_casual)
                {
                    attn_mask = ones(scores.shape[^2], scores.shape[^1], ScalarType.Bool, query.device).tril();
                }

                if (attn_mask is not null)
                {
                    scores = attn_mask.dtype == ScalarType.Bool
                        ? scores.masked_fill(attn_mask.logical_not(), double.NegativeInfinity)
                        : scores + attn_mask;
                }

                var weights = scores.softmax(-1);
                if (p > 0)
                {
                    weights = dropout(weights, p, training: true);
                }

                return weights.matmul(value).MoveToOuterDisposeScope();
            }
        }
    }
}
