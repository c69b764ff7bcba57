using Lrp.Rules.FunctionRules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>
/// torch's attention and transformer layers, written out with the drop-ins of <see cref="Relevance"/> and the weights
/// of a module that runs natively.
/// </summary>
/// <param name="module">The module.</param>
/// <param name="heads">Its number of heads.</param>
/// <param name="softmaxIsConstant">Whether attention weights take no relevance (CP-LRP); else AttnLRP's rule.</param>
internal sealed class WrittenTransformer(nn.Module module, int heads, bool softmaxIsConstant)
{
    private readonly Dictionary<string, Parameter> _weights = module
        .named_parameters()
        .ToDictionary(entry => entry.name, entry => entry.parameter);

    /// <summary>The attention of query, key and value, each of shape (time, batch, features).</summary>
    /// <param name="path">The prefix of the weights' names, such as <c>self_attn.</c>.</param>
    /// <param name="query">What asks.</param>
    /// <param name="key">What is asked.</param>
    /// <param name="value">What is answered.</param>
    /// <param name="mask">Added to the scores, (time, time); null for none.</param>
    /// <param name="padding">True for keys that are left out, (batch, time); null for none.</param>
    /// <param name="addsZero">Whether a key and a value of zeros are added.</param>
    /// <returns>The output, and the weights averaged over the heads.</returns>
    public (Tensor Output, Tensor Weights) Attention(
        string path,
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor? mask = null,
        Tensor? padding = null,
        bool addsZero = false
    )
    {
        var (time, batch, features) = (query.shape[0], query.shape[1], query.shape[2]);
        var (q, k, v) = (Projected(path, "q", 0, query), Projected(path, "k", 1, key), Projected(path, "v", 2, value));
        q = Relevance.mul(q, Math.Pow(features / heads, -0.5));
        if (Weight(path + "bias_k") is { } first)
        {
            k = cat([k, first.detach().repeat(1, batch, 1)]);
            v = cat([v, Weight(path + "bias_v")!.detach().repeat(1, batch, 1)]);
            mask = Extended(mask);
            padding = Extended(padding);
        }

        (q, k, v) = (ByHeads(q), ByHeads(k), ByHeads(v));
        if (addsZero)
        {
            k = cat([k, zeros([k.shape[0], 1, k.shape[2]], k.dtype)], 1);
            v = cat([v, zeros([v.shape[0], 1, v.shape[2]], v.dtype)], 1);
            mask = Extended(mask);
            padding = Extended(padding);
        }

        var scores = Relevance.bmm(q, k.transpose(1, 2));
        scores = mask is null ? scores : Relevance.add(scores, mask.unsqueeze(0));
        if (padding is not null)
        {
            scores = scores
                .view(batch, heads, time, -1)
                .masked_fill(padding.unsqueeze(1).unsqueeze(2), double.NegativeInfinity)
                .view(batch * heads, time, -1);
        }

        var weights = softmaxIsConstant ? scores.softmax(-1).detach() : Relevance.softmax(scores, -1);
        var attended = Relevance.bmm(weights, v).transpose(0, 1).reshape(time, batch, features);
        var output = Linear(path + "out_proj.", attended);
        var each = weights.view(batch, heads, time, -1);
        return (output, Relevance.div(Relevance.sum(each, [1]), heads));

        Tensor ByHeads(Tensor t) => t.reshape(t.shape[0], batch * heads, features / heads).transpose(0, 1);
    }

    /// <summary>A layer of an encoder, normalized behind each sum.</summary>
    public Tensor EncoderLayer(string path, Tensor x, bool gelu, Tensor? mask = null, Tensor? padding = null)
    {
        x = Norm(path + "norm1.", Relevance.add(x, Attention(path + "self_attn.", x, x, x, mask, padding).Output));
        return Norm(path + "norm2.", Relevance.add(x, FeedForward(path, x, gelu)));
    }

    /// <summary>A layer of a decoder.</summary>
    public Tensor DecoderLayer(
        string path,
        Tensor x,
        Tensor memory,
        bool gelu,
        Tensor? mask = null,
        Tensor? memoryMask = null,
        Tensor? padding = null,
        Tensor? memoryPadding = null
    )
    {
        x = Norm(path + "norm1.", Relevance.add(x, Attention(path + "self_attn.", x, x, x, mask, padding).Output));
        var asked = Attention(path + "multihead_attn.", x, memory, memory, memoryMask, memoryPadding).Output;
        x = Norm(path + "norm2.", Relevance.add(x, asked));
        return Norm(path + "norm3.", Relevance.add(x, FeedForward(path, x, gelu)));
    }

    /// <summary>A layer norm over the last dimension.</summary>
    public Tensor Norm(string path, Tensor x) =>
        Relevance.layer_norm(x, [x.shape[^1]], Weight(path + "weight"), Weight(path + "bias"), 1e-5);

    private Tensor FeedForward(string path, Tensor x, bool gelu)
    {
        var hidden = Linear(path + "linear1.", x);
        return Linear(
            path + "linear2.",
            Relevance.identity(t => gelu ? nn.functional.gelu(t) : nn.functional.relu(t), hidden)
        );
    }

    private Tensor Projected(string path, string name, int number, Tensor x)
    {
        var bias = Weight(path + "in_proj_bias")?.detach().chunk(3)[number];
        var weight =
            Weight($"{path}{name}_proj_weight")?.detach() ?? Weight(path + "in_proj_weight")!.detach().chunk(3)[number];
        return Relevance.linear(x, weight, bias);
    }

    private Tensor Linear(string path, Tensor x) =>
        Relevance.linear(x, Weight(path + "weight")!.detach(), Weight(path + "bias")?.detach());

    private static Tensor? Extended(Tensor? mask) =>
        mask is null ? null : cat([mask, zeros([mask.shape[0], 1], mask.dtype)], 1);

    private Parameter? Weight(string name) => _weights.GetValueOrDefault(name);
}
