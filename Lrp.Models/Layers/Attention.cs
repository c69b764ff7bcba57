using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>
/// Attention with several heads, which may share keys and values; every step of it is a module (Vaswani et al. 2017).
/// </summary>
internal sealed class Attention : nn.Module<Tensor, Tensor, AttentionInputs, Tensor>
{
    private readonly AttentionOptions _options;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;
    private readonly nn.Module<Tensor, Tensor>? _queryNorm;
    private readonly nn.Module<Tensor, Tensor>? _keyNorm;
    private readonly Rotary? _rotary;
    private readonly QueryKeyProduct _scores;
    private readonly SoftCap? _cap;
    private readonly AttentionSoftmax _softmax = new();

    /// <summary>Creates the layer with parameters that are not filled.</summary>
    /// <param name="options">Its shape.</param>
    /// <param name="norm">Makes a norm over a number of features.</param>
    /// <param name="layer">The number of the layer, counted from 0.</param>
    /// <param name="isRotary">Whether positions turn queries and keys.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    public Attention(
        AttentionOptions options,
        Func<long, nn.Module<Tensor, Tensor>> norm,
        int layer,
        bool isRotary,
        ScalarType dtype
    )
        : base(nameof(Attention))
    {
        _options = options;
        var (width, size) = (options.Width, options.HeadSize);
        _query = Projections.Linear(width, options.Heads * size, options.HasBias, dtype);
        _key = Projections.Linear(width, options.KeyHeads * size, options.HasBias, dtype);
        _value = Projections.Linear(width, options.KeyHeads * size, options.HasBias, dtype);
        _output = Projections.Linear(options.Heads * size, width, options.HasOutputBias, dtype);
        register_module("query", _query);
        register_module("key", _key);
        register_module("value", _value);
        register_module("output", _output);
        if (options.NormalizesQueriesAndKeys)
        {
            register_module("query_norm", _queryNorm = norm(size));
            register_module("key_norm", _keyNorm = norm(size));
        }

        if (isRotary)
        {
            register_module("rotary", _rotary = new Rotary());
        }

        var scale = options.Scale ?? 1 / Math.Sqrt(size);
        register_module(
            "scores",
            _scores = new QueryKeyProduct(options.DividesScaleByLayer ? scale / (layer + 1) : scale)
        );
        if (options.SoftCap is { } cap)
        {
            register_module("cap", _cap = new SoftCap(cap));
        }

        register_module("softmax", _softmax);
        register_module("heads", Heads);
    }

    /// <summary>The module whose output is what each head has read, B × H × T × E.</summary>
    public WeightedValues Heads { get; } = new();

    /// <summary>The output of attention.</summary>
    /// <param name="states">The states that ask, B × T × D.</param>
    /// <param name="memory">The states that are read, B × S × D: the same ones, or an encoder's.</param>
    /// <param name="inputs">The mask and the tables of positions.</param>
    /// <returns>B × T × D.</returns>
    public override Tensor forward(Tensor states, Tensor memory, AttentionInputs inputs)
    {
        using var scope = NewDisposeScope();
        var query = Split(_query.call(states), _options.Heads);
        var key = Split(_key.call(memory), _options.KeyHeads);
        var value = Split(_value.call(memory), _options.KeyHeads);
        if (_queryNorm is not null)
        {
            query = _queryNorm.call(query);
            key = _keyNorm!.call(key);
        }

        if (_rotary is not null)
        {
            query = _rotary.call(query, inputs.Cosine!, inputs.Sine!);
            key = _rotary.call(key, inputs.Cosine!, inputs.Sine!);
        }

        // Matrix products copy what is not contiguous, in the forward pass and once more in the backward pass.
        var scores = _scores.call(query.contiguous(), Repeated(key).contiguous());
        if (_cap is not null)
        {
            scores = _cap.call(scores);
        }

        var weights = _softmax.call(scores, inputs.Mask);
        var read = Heads.call(weights, Repeated(value).contiguous()).transpose(1, 2).flatten(2);
        return _output.call(read).MoveToOuterDisposeScope();
    }

    /// <summary>B × T × (H·E) as B × H × T × E.</summary>
    private Tensor Split(Tensor features, long heads) =>
        features.view(features.shape[0], features.shape[1], heads, _options.HeadSize).transpose(1, 2);

    /// <summary>Each head of keys or values as often as queries share it.</summary>
    private Tensor Repeated(Tensor features)
    {
        var times = _options.Heads / _options.KeyHeads;
        if (times == 1)
        {
            return features;
        }

        var (batch, heads, length, size) = (features.shape[0], features.shape[1], features.shape[2], features.shape[3]);
        return features
            .unsqueeze(2)
            .expand(batch, heads, times, length, size)
            .reshape(batch, heads * times, length, size);
    }
}
