using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Text;

/// <summary>How a model keeps keys and values from one call to the next.</summary>
public enum CacheHabit
{
    /// <summary>It keeps none.</summary>
    None,

    /// <summary>In fields that are reassigned: the new keys behind the old ones.</summary>
    Reassigned,

    /// <summary>In buffers made at the beginning, into slices of which it writes.</summary>
    Slices,

    /// <summary>In a dictionary that grows, whose old entries it disposes.</summary>
    Growing,
}

/// <summary>What the model is called on.</summary>
public sealed class TokenInput(Tensor? ids, Tensor? mask = null, Tensor? embedded = null)
{
    /// <summary>Token ids, [batch, tokens].</summary>
    public Tensor? Ids { get; } = ids;

    /// <summary>True where a token is no padding, [batch, tokens].</summary>
    public Tensor? Mask { get; } = mask;

    /// <summary>Embedded tokens in place of the ids, [batch, tokens, dim].</summary>
    public Tensor? Embedded { get; } = embedded;

    /// <summary>A cache in place of the model's own.</summary>
    public KeyValueCache? Cache { get; init; }
}

/// <summary>What the model returns.</summary>
public sealed class TokenOutput
{
    public required Tensor Hidden { get; init; }

    public required Tensor Logits { get; init; }

    public required Tensor[] AllHidden { get; init; }

    public KeyValueCache? Cache { get; init; }

    public Queue<Tensor> Attentions { get; init; } = new();

    public TokenOutput? Self { get; set; }
}

/// <summary>Keys and values by layer; has something to dispose.</summary>
public sealed class KeyValueCache : Dictionary<int, (Tensor, Tensor)>, IDisposable
{
    public (Tensor Keys, Tensor Values) Update(int layer, Tensor keys, Tensor values)
    {
        if (TryGetValue(layer, out var old))
        {
            this[layer] = (
                cat([old.Item1, keys], 1).DetachFromDisposeScope(),
                cat([old.Item2, values], 1).DetachFromDisposeScope()
            );
            old.Item1.Dispose();
            old.Item2.Dispose();
        }
        else
        {
            Add(layer, (keys.alias().DetachFromDisposeScope(), values.alias().DetachFromDisposeScope()));
        }

        return this[layer];
    }

    public void Dispose() => Clear();
}

/// <summary>
/// A causal language model with the habits of models that others wrote: an input and an output of its own classes,
/// children that are run by <c>forward</c>, RMS norms written out, and a cache.
/// </summary>
public sealed class LlamaLike : nn.Module<TokenInput, TokenOutput>
{
    public const int Vocabulary = 13;
    public const int Width = 8;
    private const int Longest = 12;

    private readonly bool _runsForward;

    [ComponentName(Name = "embed_tokens")]
    private readonly Embedding _embedTokens;

    [ComponentName(Name = "embed_positions")]
    private readonly Embedding? _embedPositions;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<Block> _layers;

    [ComponentName(Name = "lm_head")]
    private readonly Linear _lmHead;
    private readonly KeyValueCache _cache = [];
    private readonly CacheHabit _habit;

    /// <summary>Creates a model with fixed weights, in float64 and in evaluation mode.</summary>
    /// <param name="runsForward">Whether children are run by <c>forward</c> rather than <c>call</c>.</param>
    /// <param name="cache">How it keeps keys and values.</param>
    /// <param name="hasPositions">Whether positions are embedded too.</param>
    public LlamaLike(bool runsForward = true, CacheHabit cache = CacheHabit.None, bool hasPositions = false)
        : base(nameof(LlamaLike))
    {
        manual_seed(5);
        (_runsForward, _habit) = (runsForward, cache);
        _embedTokens = nn.Embedding(Vocabulary, Width, dtype: ScalarType.Float64);
        _layers = nn.ModuleList(new Block(runsForward, 0, cache), new Block(runsForward, 1, cache));
        _lmHead = nn.Linear(Width, Vocabulary, hasBias: false, dtype: ScalarType.Float64);
        _embedPositions = hasPositions ? nn.Embedding(Longest, Width, dtype: ScalarType.Float64) : null;
        RegisterComponents();
        eval();
    }

    public int Calls { get; private set; }

    /// <summary>The keys and values of <see cref="CacheHabit.Growing"/>.</summary>
    public KeyValueCache Cache => _cache;

    /// <summary>The vectors of tokens, which require a gradient.</summary>
    public Tensor Embed(Tensor ids)
    {
        using var off = no_grad();
        return _embedTokens.forward(ids).detach().requires_grad_();
    }

    public override TokenOutput forward(TokenInput input)
    {
        Calls++;
        var hidden = input.Embedded ?? Run(_embedTokens, input.Ids!);
        var tokens = hidden.shape[1];
        if (_embedPositions is not null)
        {
            hidden = hidden + Run(_embedPositions, arange(tokens, device: hidden.device));
        }

        var cache = input.Cache ?? (_habit == CacheHabit.Growing ? _cache : null);
        var mask = ones(tokens, tokens, dtype: ScalarType.Bool).tril();
        if (input.Mask is { } present)
        {
            mask = mask.logical_and(present.to(ScalarType.Bool).unsqueeze(1));
        }

        var all = new List<Tensor> { hidden };
        foreach (var layer in _layers)
        {
            hidden = _runsForward ? layer.forward(hidden, mask, cache) : layer.call(hidden, mask, cache);
            all.Add(hidden);
        }

        var output = new TokenOutput
        {
            Hidden = hidden,
            Logits = Run(_lmHead, Block.Norm(hidden)),
            AllHidden = [.. all],
            Cache = cache,
        };
        output.Attentions.Enqueue(hidden * 2);
        output.Self = new TokenOutput
        {
            Hidden = hidden,
            Logits = hidden,
            AllHidden = [],
        };
        output.Self.Self = output.Self;
        return output;
    }

    private Tensor Run(nn.Module<Tensor, Tensor> module, Tensor input) =>
        _runsForward ? module.forward(input) : module.call(input);

    private sealed class Block : nn.Module<Tensor, Tensor, KeyValueCache?, Tensor>
    {
        private readonly bool _runsForward;
        private readonly int _number;
        private readonly CacheHabit _habit;

        [ComponentName(Name = "q_proj")]
        private readonly Linear _qProj = Layer(Width, Width);

        [ComponentName(Name = "k_proj")]
        private readonly Linear _kProj = Layer(Width, Width);

        [ComponentName(Name = "v_proj")]
        private readonly Linear _vProj = Layer(Width, Width);

        [ComponentName(Name = "o_proj")]
        private readonly Linear _oProj = Layer(Width, Width);

        [ComponentName(Name = "up_proj")]
        private readonly Linear _upProj = Layer(Width, 2 * Width);

        [ComponentName(Name = "down_proj")]
        private readonly Linear _downProj = Layer(2 * Width, Width);

        [ComponentName(Name = "cache_k")]
        private Tensor? _cacheK;

        [ComponentName(Name = "cache_v")]
        private Tensor? _cacheV;

        public Block(bool runsForward, int number, CacheHabit habit)
            : base(nameof(Block))
        {
            (_runsForward, _number, _habit) = (runsForward, number, habit);
            if (habit == CacheHabit.Slices)
            {
                _cacheK = zeros(50, Longest, Width, dtype: ScalarType.Float64);
                _cacheV = zeros(50, Longest, Width, dtype: ScalarType.Float64);
            }

            RegisterComponents();
        }

        public static Tensor Norm(Tensor x) => x * (x.pow(2).mean([-1], true) + 1e-6).rsqrt();

        public override Tensor forward(Tensor hidden, Tensor mask, KeyValueCache? cache)
        {
            var x = Norm(hidden);
            var (keys, values) = Cached(Run(_kProj, x), Run(_vProj, x), cache);
            if (keys.shape[1] != mask.shape[^1])
            {
                var past = ones(mask.shape[^2], keys.shape[1] - mask.shape[^1], dtype: ScalarType.Bool);
                mask = cat([past.expand([.. mask.shape[..^1], past.shape[1]]), mask], -1);
            }

            var scores = Run(_qProj, x).matmul(keys.transpose(-2, -1)) / Math.Sqrt(Width);
            var weights = scores.masked_fill(mask.logical_not(), -1e9).softmax(-1);
            hidden = hidden + Run(_oProj, weights.matmul(values));
            return hidden + Run(_downProj, nn.functional.relu(Run(_upProj, Norm(hidden))));
        }

        private static Linear Layer(int from, int to) => nn.Linear(from, to, hasBias: false, dtype: ScalarType.Float64);

        private (Tensor Keys, Tensor Values) Cached(Tensor keys, Tensor values, KeyValueCache? cache)
        {
            if (cache is not null)
            {
                return cache.Update(_number, keys, values);
            }

            var (batch, tokens) = ((int)keys.shape[0], (int)keys.shape[1]);
            switch (_habit)
            {
                case CacheHabit.Reassigned:
                    _cacheK = _cacheK is null ? keys : cat([_cacheK, keys], 1);
                    _cacheV = _cacheV is null ? values : cat([_cacheV, values], 1);
                    return (_cacheK, _cacheV);
                case CacheHabit.Slices:
                    _cacheK![..batch, ..tokens] = keys;
                    _cacheV![..batch, ..tokens] = values;
                    return (_cacheK[..batch, ..tokens], _cacheV[..batch, ..tokens]);
                default:
                    return (keys, values);
            }
        }

        private Tensor Run(nn.Module<Tensor, Tensor> module, Tensor input) =>
            _runsForward ? module.forward(input) : module.call(input);
    }
}
