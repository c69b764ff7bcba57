using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>
/// One block: attention, where there is an encoder attention to it, and an MLP or a mixture of experts.
/// </summary>
internal sealed class Block : nn.Module<Tensor, AttentionInputs, Tensor>
{
    private readonly NormPlacement _placement;
    private readonly Branch _own;
    private readonly Branch? _toEncoder;
    private readonly Branch _second;
    private readonly nn.Module<Tensor, Tensor> _change;
    private readonly Addition? _both;

    /// <summary>Creates the block with parameters that are not filled.</summary>
    /// <param name="configuration">The stack.</param>
    /// <param name="layer">The number of the block, counted from 0.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    public Block(StackConfiguration configuration, int layer, ScalarType dtype)
        : base(nameof(Block))
    {
        _placement = configuration.Placement;
        Attention = NewAttention(configuration.Rotary is not null);
        _own = Add("attention", Attention, isNormed: !(configuration.SkipsFirstNorm && layer == 0));
        if (configuration.ReadsEncoder)
        {
            CrossAttention = NewAttention(isRotary: false);
            _toEncoder = Add("cross", CrossAttention);
        }

        if (configuration.Experts is { } experts && experts.Layers.Contains(layer))
        {
            Experts = new Mixture(
                configuration.Width,
                Enumerable.Range(0, experts.Count).Select(_ => NewMlp(experts.Inner)),
                experts.Chosen,
                experts.Normalizes,
                dtype
            );
        }

        Mlp = Experts is null ? NewMlp(configuration.Mlp.Inner) : null;
        _change = (nn.Module<Tensor, Tensor>?)Experts ?? Mlp!;
        _second = Add("mlp", _change);
        if (_placement == NormPlacement.Parallel)
        {
            register_module("both", _both = new Addition());
        }

        Attention NewAttention(bool isRotary) =>
            new(configuration.Attention, size => Norms.Create(configuration.Norm, size, dtype), layer, isRotary, dtype);

        Mlp NewMlp(long inner) =>
            new(
                configuration.Width,
                inner,
                configuration.Mlp.Activation,
                configuration.Mlp.IsGated,
                configuration.Mlp.HasBias,
                dtype
            );

        Branch Add(string name, nn.Module layerOfBranch, bool isNormed = true)
        {
            var branch = new Branch(
                isNormed && _placement != NormPlacement.After ? NewNorm() : null,
                _placement is NormPlacement.After or NormPlacement.Around ? NewNorm() : null
            );
            register_module(name, layerOfBranch);
            Register($"{name}_norm", branch.Before ?? (_placement == NormPlacement.After ? branch.Behind : null));
            Register($"{name}_last_norm", _placement == NormPlacement.Around ? branch.Behind : null);
            register_module($"{name}_addition", branch.Addition);
            return branch;
        }

        nn.Module<Tensor, Tensor> NewNorm() => Norms.Create(configuration.Norm, configuration.Width, dtype);

        void Register(string name, nn.Module? module)
        {
            if (module is not null)
            {
                register_module(name, module);
            }
        }
    }

    /// <summary>Attention of the stack to itself.</summary>
    public Attention Attention { get; }

    /// <summary>Attention to the encoder; null where there is none.</summary>
    public Attention? CrossAttention { get; }

    /// <summary>The experts; null where the block has an MLP.</summary>
    public Mixture? Experts { get; }

    /// <summary>The MLP; null where the block has experts.</summary>
    public Mlp? Mlp { get; }

    /// <summary>The last module of the block.</summary>
    public nn.Module LastModule =>
        _placement == NormPlacement.After ? _second.Behind!
        : _placement == NormPlacement.Parallel ? _own.Addition
        : _second.Addition;

    /// <summary>The states behind the block.</summary>
    /// <param name="states">B × T × D.</param>
    /// <param name="inputs">Masks, tables and the encoder's states.</param>
    /// <returns>B × T × D.</returns>
    public override Tensor forward(Tensor states, AttentionInputs inputs)
    {
        using var scope = NewDisposeScope();
        if (_placement == NormPlacement.Parallel)
        {
            var attended = OwnAttention(_own.Before!.call(states), inputs);
            var sum = _both!.call(Second(_second.Before!.call(states)), attended);
            return _own.Addition.call(sum, states).MoveToOuterDisposeScope();
        }

        states = Run(_own, states, x => OwnAttention(x, inputs));
        if (_toEncoder is not null)
        {
            states = Run(_toEncoder, states, x => OfEncoder(x, inputs));
        }

        return Run(_second, states, Second).MoveToOuterDisposeScope();
    }

    private static Tensor Run(Branch branch, Tensor states, Func<Tensor, Tensor> layer)
    {
        var change = layer(branch.Before?.call(states) ?? states);
        if (branch.Before is null && branch.Behind is not null)
        {
            return branch.Behind.call(branch.Addition.call(states, change));
        }

        return branch.Addition.call(states, branch.Behind?.call(change) ?? change);
    }

    private Tensor OwnAttention(Tensor states, AttentionInputs inputs) => Attention.call(states, states, inputs);

    private Tensor OfEncoder(Tensor states, AttentionInputs inputs) =>
        CrossAttention!.call(states, inputs.Memory!, new AttentionInputs { Mask = inputs.MemoryMask });

    private Tensor Second(Tensor states) => _change.call(states);

    private sealed record Branch(nn.Module<Tensor, Tensor>? Before, nn.Module<Tensor, Tensor>? Behind)
    {
        public Addition Addition { get; } = new();
    }
}
