using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>How somebody wrote a model.</summary>
/// <param name="ByForward">Children are called by <c>forward</c>, so that no hooks run.</param>
/// <param name="ComplexRotary">The rotary embedding multiplies by complex numbers, as Meta's code does.</param>
/// <param name="FromIds">The model takes token ids.</param>
/// <param name="Efficient">
/// The rules are written into the model as detached factors, so that its plain gradient times the embedding is the
/// relevance of AttnLRP.
/// </param>
public sealed record Habits(
    bool ByForward = false,
    bool ComplexRotary = false,
    bool FromIds = false,
    bool Efficient = false
);

/// <summary>A decoder as in LLaMA: RMS norms, rotary embedding, grouped queries, a gated MLP.</summary>
public sealed class LlamaLike : nn.Module<Tensor, Tensor>
{
    public const long Width = 16;
    public const long Words = 11;

    [ComponentName(Name = "embed_tokens")]
    private readonly Embedding _embedding = nn.Embedding(Words, Width);

    [ComponentName(Name = "layers")]
    private readonly ModuleList<LlamaBlock> _layers;

    [ComponentName(Name = "norm")]
    private readonly RootMeanSquareNorm _norm;

    [ComponentName(Name = "lm_head")]
    private readonly Linear _head = nn.Linear(Width, Words, hasBias: false);

    private readonly Habits _habits;

    public LlamaLike(Habits habits, int seed = 3)
        : base(nameof(LlamaLike))
    {
        _habits = habits;
        _layers = nn.ModuleList(new LlamaBlock(habits), new LlamaBlock(habits));
        _norm = new RootMeanSquareNorm(habits);
        RegisterComponents();
        this.to(ScalarType.Float64);
        eval();
        Fill(seed);
    }

    /// <summary>The embedding of token ids.</summary>
    public Tensor Embed(Tensor ids) => _embedding.weight!.detach()[ids];

    /// <summary>Batch × positions, ids, or with their embedding as one more dimension.</summary>
    public override Tensor forward(Tensor input)
    {
        var hidden = _habits.FromIds ? Call(_habits, _embedding, input) : input;
        var mask = full(input.shape[1], input.shape[1], double.NegativeInfinity, ScalarType.Float64).triu(1);
        foreach (var layer in _layers)
        {
            hidden = _habits.ByForward ? layer.forward(hidden, mask) : layer.call(hidden, mask);
        }

        return Call(_habits, _head, Call(_habits, _norm, hidden));
    }

    internal static Tensor Call(Habits habits, nn.Module<Tensor, Tensor> module, Tensor x) =>
        habits.ByForward ? module.forward(x) : module.call(x);

    // The same function however the model is written: complex pairs lie side by side, halves lie apart.
    private void Fill(int seed)
    {
        using var off = no_grad();
        var k = 0;
        foreach (var (name, parameter) in named_parameters())
        {
            var values = arange(parameter.numel(), ScalarType.Float64).mul(1.37).add(0.71 * k++ + seed).sin();
            var filled = values.reshape(parameter.shape);
            if (parameter.dim() > 1)
            {
                filled = filled.mul(Math.Sqrt(2.0 / parameter.shape[^1]));
            }
            else
            {
                filled = filled.mul(0.3).add(1);
            }

            if (
                _habits.ComplexRotary
                && (
                    name.EndsWith("q_proj.weight", StringComparison.Ordinal)
                    || name.EndsWith("k_proj.weight", StringComparison.Ordinal)
                )
            )
            {
                const long PairWidth = LlamaAttention.HeadWidth / 2;
                filled = filled.reshape(-1, 2, PairWidth, Width).transpose(1, 2).reshape(parameter.shape);
            }

            parameter.copy_(filled);
        }
    }
}

/// <summary>x / √(mean x² + ε) · w, written out.</summary>
public sealed class RootMeanSquareNorm : nn.Module<Tensor, Tensor>
{
    private readonly Habits _habits;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight = nn.Parameter(ones(LlamaLike.Width));

    public RootMeanSquareNorm(Habits habits)
        : base(nameof(RootMeanSquareNorm))
    {
        _habits = habits;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var factor = (x.pow(2).mean([-1], keepdim: true) + 1e-5).rsqrt();
        return x * (_habits.Efficient ? factor.detach() : factor) * _weight;
    }
}

/// <summary>Attention and MLP, each behind a norm and beside a residual connection.</summary>
public sealed class LlamaBlock : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Habits _habits;

    [ComponentName(Name = "input_layernorm")]
    private readonly RootMeanSquareNorm _before;

    [ComponentName(Name = "self_attn")]
    private readonly LlamaAttention _attention;

    [ComponentName(Name = "post_attention_layernorm")]
    private readonly RootMeanSquareNorm _between;

    [ComponentName(Name = "gate_proj")]
    private readonly Linear _gate = nn.Linear(LlamaLike.Width, 24, hasBias: false);

    [ComponentName(Name = "up_proj")]
    private readonly Linear _up = nn.Linear(LlamaLike.Width, 24, hasBias: false);

    [ComponentName(Name = "down_proj")]
    private readonly Linear _down = nn.Linear(24, LlamaLike.Width, hasBias: false);

    public LlamaBlock(Habits habits)
        : base(nameof(LlamaBlock))
    {
        _habits = habits;
        _before = new RootMeanSquareNorm(habits);
        _attention = new LlamaAttention(habits);
        _between = new RootMeanSquareNorm(habits);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, Tensor mask)
    {
        var normed = LlamaLike.Call(_habits, _before, hidden);
        hidden = hidden + (_habits.ByForward ? _attention.forward(normed, mask) : _attention.call(normed, mask));
        normed = LlamaLike.Call(_habits, _between, hidden);
        var gate = LlamaLike.Call(_habits, _gate, normed);
        var sigmoid = gate.sigmoid();
        gate = gate * (_habits.Efficient ? sigmoid.detach() : sigmoid);
        return hidden + LlamaLike.Call(_habits, _down, Half(_habits, gate * LlamaLike.Call(_habits, _up, normed)));
    }

    /// <summary>The value itself; in the efficient form, half of the gradient: two factors share equally.</summary>
    internal static Tensor Half(Habits habits, Tensor product) =>
        habits.Efficient ? product / 2 + (product / 2).detach() : product;
}

/// <summary>Attention with rotary embedding; two queries share a key and a value.</summary>
public sealed class LlamaAttention : nn.Module<Tensor, Tensor, Tensor>
{
    public const long HeadWidth = 4;

    private readonly Habits _habits;

    [ComponentName(Name = "q_proj")]
    private readonly Linear _query = nn.Linear(LlamaLike.Width, 16, hasBias: false);

    [ComponentName(Name = "k_proj")]
    private readonly Linear _key = nn.Linear(LlamaLike.Width, 8, hasBias: false);

    [ComponentName(Name = "v_proj")]
    private readonly Linear _value = nn.Linear(LlamaLike.Width, 8, hasBias: false);

    [ComponentName(Name = "o_proj")]
    private readonly Linear _output = nn.Linear(16, LlamaLike.Width, hasBias: false);

    public LlamaAttention(Habits habits)
        : base(nameof(LlamaAttention))
    {
        _habits = habits;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor mask)
    {
        var query = Rotated(Heads(LlamaLike.Call(_habits, _query, x)));
        var key = Rotated(Heads(LlamaLike.Call(_habits, _key, x))).repeat_interleave(2, 1);
        var value = Heads(LlamaLike.Call(_habits, _value, x)).repeat_interleave(2, 1);
        var scores = LlamaBlock.Half(_habits, query.matmul(key.transpose(2, 3))) / Math.Sqrt(HeadWidth);
        var weights = (scores + mask).softmax(-1);
        var mixed = LlamaBlock.Half(_habits, weights.matmul(value));
        return LlamaLike.Call(_habits, _output, mixed.transpose(1, 2).reshape(x.shape[0], x.shape[1], 16));
    }

    private static Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], -1, HeadWidth).transpose(1, 2);

    private Tensor Rotated(Tensor x)
    {
        const long PairWidth = HeadWidth / 2;
        var frequencies = 1 / (arange(PairWidth, ScalarType.Float64) * 0.7).exp();
        var angles = outer(arange(x.shape[2], ScalarType.Float64), frequencies);
        if (_habits.ComplexRotary)
        {
            var pairs = view_as_complex(x.reshape([.. x.shape[..^1], PairWidth, 2]));
            return view_as_real(pairs * polar(ones_like(angles), angles)).flatten(3);
        }

        var doubled = cat([angles, angles], -1);
        var turned = cat([-x[.., .., .., (int)PairWidth..], x[.., .., .., ..(int)PairWidth]], -1);
        return x * doubled.cos() + turned * doubled.sin();
    }
}
