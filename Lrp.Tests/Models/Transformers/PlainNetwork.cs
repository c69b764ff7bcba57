using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>
/// The layers of published models in plain operations of torch, with AttnLRP's rules as constants of the graph, so that
/// relevance is gradient times input.
/// </summary>
/// <param name="weights">The tensors of the checkpoint by name.</param>
internal sealed class PlainNetwork(IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>GELU by its tanh formula.</summary>
    public static Tensor TanhGelu(Tensor x) =>
        0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x.pow(3)))).tanh());

    /// <summary>GELU by the error function.</summary>
    public static Tensor Gelu(Tensor x) => 0.5 * x * (1 + (x / Math.Sqrt(2)).erf());

    /// <summary>Half of the gradient to each factor of a product.</summary>
    public static Tensor Half(Tensor product) => (product * 0.5) + (product * 0.5).detach();

    /// <summary>An activation whose gradient is the constant f(x) / x.</summary>
    public static Tensor Activated(Tensor x, Func<Tensor, Tensor> function)
    {
        var value = function(x).detach();
        return value + ((x - x.detach()) * (value / (x.detach() + 1e-10)));
    }

    public Tensor this[string name] => weights[name];

    public Tensor Linear(Tensor x, string name)
    {
        var product = x.matmul(weights[$"{name}.weight"].t());
        return weights.TryGetValue($"{name}.bias", out var bias) ? product + bias : product;
    }

    /// <summary>Layer normalization with a constant deviation; without weights where there are none.</summary>
    public Tensor LayerNorm(Tensor x, string name, double epsilon)
    {
        var centered = x - x.mean([-1], keepdim: true);
        var normal = centered / (centered.square().mean([-1], keepdim: true) + epsilon).sqrt().detach();
        return weights.TryGetValue($"{name}.weight", out var weight)
            ? (normal * weight) + weights[$"{name}.bias"]
            : normal;
    }

    /// <summary>Attention of queries, keys and values of 1 × H × T × E; the result is 1 × T × H·E.</summary>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, bool isCausal)
    {
        var scores = Half(query.matmul(key.transpose(-2, -1))) / Math.Sqrt(query.shape[^1]);
        if (isCausal)
        {
            var length = query.shape[^2];
            var later = ones(length, length, dtype: ScalarType.Bool).triu(1);
            scores = scores.masked_fill(later, double.NegativeInfinity);
        }

        return Half(scores.softmax(-1).matmul(value)).transpose(1, 2).flatten(2);
    }

    /// <summary>1 × T × H·E as 1 × H × T × E.</summary>
    public static Tensor Heads(Tensor x, long heads) => x.view(1, x.shape[1], heads, -1).transpose(1, 2);

    /// <summary>Turns the first features of each head by rotary positions 0, 1, 2 ….</summary>
    /// <param name="x">1 × H × T × E.</param>
    /// <param name="size">How many features the formula of the frequencies has; in pairs they may be one more.</param>
    /// <param name="theta">The base.</param>
    public static Tensor Turn(Tensor x, int size, double theta)
    {
        var pairs = (size + 1) / 2;
        var result = x.clone();
        for (var position = 0; position < x.shape[2]; position++)
        {
            for (var pair = 0; pair < pairs; pair++)
            {
                var angle = position * Math.Pow(theta, -2.0 * pair / size);
                var (cosine, sine) = (Math.Cos(angle), Math.Sin(angle));
                var (first, second) = (x[.., .., position, pair], x[.., .., position, pair + pairs]);
                result[.., .., position, pair] = (first * cosine) - (second * sine);
                result[.., .., position, pair + pairs] = (second * cosine) + (first * sine);
            }
        }

        return result;
    }

    /// <summary>
    /// The logits for the vectors of words that a table has, and their relevance for one of the logits.
    /// </summary>
    /// <param name="words">The name of the table.</param>
    /// <param name="ids">1 × T.</param>
    /// <param name="rest">From vectors of words to logits.</param>
    /// <param name="explained">Chooses a logit.</param>
    public (Tensor Logits, Tensor Relevance) Explain(
        string words,
        Tensor ids,
        Func<Tensor, Tensor> rest,
        Func<Tensor, Tensor> explained
    )
    {
        var vectors = weights[words].index_select(0, ids.flatten()).unsqueeze(0).detach().requires_grad_();
        var logits = rest(vectors);
        explained(logits).backward();
        return (logits.detach(), vectors.detach() * vectors.grad!);
    }

    /// <summary>The largest difference, in parts of the largest expected entry.</summary>
    public static double Distance(Tensor actual, Tensor expected) =>
        (actual.detach().sub(expected).abs().max() / expected.abs().max()).item<double>();
}
