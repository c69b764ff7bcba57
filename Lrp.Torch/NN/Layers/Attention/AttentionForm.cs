using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>The computation of multi-head attention, apart from where its parameters are kept.</summary>
internal sealed class AttentionForm
{
    private readonly string _module;
    private readonly long _features;
    private readonly long _heads;
    private readonly double _dropout;
    private readonly bool _zeroAttention;

    internal AttentionForm(string module, long features, long heads, double dropout, bool zeroAttention)
    {
        if (features <= 0 || heads <= 0 || features % heads != 0)
        {
            throw new ArgumentException($"{module}: {features} features do not divide into {heads} heads.");
        }

        _module = module;
        _features = features;
        _heads = heads;
        _dropout = dropout;
        _zeroAttention = zeroAttention;
    }

    internal void Create(WeightBuilder weights, bool bias, bool biasKeyValue, long keyFeatures, long valueFeatures)
    {
        if (keyFeatures == _features && valueFeatures == _features)
        {
            init.xavier_uniform_(weights.Add("in_proj_weight", 3 * _features, _features));
        }
        else
        {
            init.xavier_uniform_(weights.Add("q_proj_weight", _features, _features));
            init.xavier_uniform_(weights.Add("k_proj_weight", _features, keyFeatures));
            init.xavier_uniform_(weights.Add("v_proj_weight", _features, valueFeatures));
        }

        if (bias)
        {
            init.zeros_(weights.Add("in_proj_bias", 3 * _features));
        }

        if (biasKeyValue)
        {
            init.xavier_normal_(weights.Add("bias_k", 1, 1, _features));
            init.xavier_normal_(weights.Add("bias_v", 1, 1, _features));
        }

        weights.Linear("out_proj", _features, _features, bias, zeroBias: true);
    }

    /// <summary>(T, N, E), (S, N, K) and (S, N, V) to (T, N, E), and (N, T, S) where the attention is asked for.</summary>
    internal (Tensor, Tensor?) Attend(
        Weights weights, Tensor query, Tensor key, Tensor value, Tensor? keyPadding, Tensor? mask, bool training, bool needAttention)
    {
        Require(query, key, value);
        using var scope = NewDisposeScope();
        long targets = query.size(0);
        long batch = query.size(1);
        long width = _features / _heads;

        (Tensor q, Tensor k, Tensor v) = Project(weights, query, key, value);
        q = q * (1 / Math.Sqrt(width));
        if (weights.Find("bias_k") is { } biasKey)
        {
            k = cat([k, biasKey.repeat(1, batch, 1)], 0);
            v = cat([v, weights["bias_v"].repeat(1, batch, 1)], 0);
            mask = Widened(mask);
            keyPadding = Widened(keyPadding);
        }

        q = Heads(q, batch, width);
        k = Heads(k, batch, width);
        v = Heads(v, batch, width);
        if (_zeroAttention)
        {
            Tensor nothing = zeros([batch * _heads, 1, width], dtype: k.dtype, device: k.device);
            k = cat([k, nothing], 1);
            v = cat([v, nothing], 1);
            mask = Widened(mask);
            keyPadding = Widened(keyPadding);
        }

        long sources = k.size(1);
        Tensor scores = bmm(q, k.transpose(1, 2));
        if (mask is not null)
        {
            scores = Masked(scores, mask, [batch * _heads, targets, sources]);
        }

        if (keyPadding is not null)
        {
            scores = MaskedKeys(scores, keyPadding, batch, targets, sources);
        }

        Tensor attention = functional.dropout(functional.softmax(scores, -1), _dropout, training);
        Tensor joined = bmm(attention, v).transpose(0, 1).contiguous().view(targets, batch, _features);
        Tensor output = weights.Linear("out_proj", joined).MoveToOuterDisposeScope();
        Tensor? average = needAttention
            ? (attention.view(batch, _heads, targets, sources).sum([1L]) / _heads).MoveToOuterDisposeScope()
            : null;
        return (output, average);
    }

    private void Require(Tensor query, Tensor key, Tensor value)
    {
        if (query.dim() != 3 || query.size(2) != _features)
        {
            throw new ArgumentException($"{_module}: expected a query (T, N, {_features}), got {Held.Shape(query)}.", nameof(query));
        }

        if (key.dim() != 3 || value.dim() != 3 || key.size(0) != value.size(0) || key.size(1) != value.size(1) || key.size(1) != query.size(1))
        {
            throw new ArgumentException(
                $"{_module}: expected key and value (S, N, …) with the batch of the query {Held.Shape(query)}, got {Held.Shape(key)} and {Held.Shape(value)}.",
                nameof(key));
        }
    }

    private (Tensor, Tensor, Tensor) Project(Weights weights, Tensor query, Tensor key, Tensor value)
    {
        Tensor[]? biases = weights.Find("in_proj_bias")?.chunk(3, 0);
        Tensor[] matrices = weights.Find("in_proj_weight") is { } joined
            ? joined.chunk(3, 0)
            : [weights["q_proj_weight"], weights["k_proj_weight"], weights["v_proj_weight"]];
        return (
            functional.linear(query, matrices[0], biases?[0]),
            functional.linear(key, matrices[1], biases?[1]),
            functional.linear(value, matrices[2], biases?[2]));
    }

    private Tensor Heads(Tensor x, long batch, long width) =>
        x.contiguous().view(-1, batch * _heads, width).transpose(0, 1);

    /// <summary>The mask with one more, allowed, source.</summary>
    private static Tensor? Widened(Tensor? mask) => mask is null ? null : functional.pad(mask, (0, 1));

    private Tensor Masked(Tensor scores, Tensor mask, long[] shape)
    {
        Tensor all = mask.dim() == 2 ? mask.unsqueeze(0) : mask;
        if (all.dim() != 3 || (all.size(0) != 1 && all.size(0) != shape[0]) || all.size(1) != shape[1] || all.size(2) != shape[2])
        {
            throw new ArgumentException(
                $"{_module}: expected a mask ({shape[1]}, {shape[2]}) or ({shape[0]}, {shape[1]}, {shape[2]}), got {Held.Shape(mask)}.",
                nameof(mask));
        }

        return mask.dtype is ScalarType.Bool or ScalarType.Byte
            ? scores.masked_fill(all.to(ScalarType.Bool), double.NegativeInfinity)
            : scores + all;
    }

    private Tensor MaskedKeys(Tensor scores, Tensor keyPadding, long batch, long targets, long sources)
    {
        if (keyPadding.dim() != 2 || keyPadding.size(0) != batch || keyPadding.size(1) != sources)
        {
            throw new ArgumentException(
                $"{_module}: expected a key padding mask ({batch}, {sources}), got {Held.Shape(keyPadding)}.", nameof(keyPadding));
        }

        Tensor hidden = keyPadding.to(ScalarType.Bool).unsqueeze(1).unsqueeze(2);
        return scores.view(batch, _heads, targets, sources)
            .masked_fill(hidden, double.NegativeInfinity)
            .view(batch * _heads, targets, sources);
    }
}
