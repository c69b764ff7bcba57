using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The logits of a model: a choice of states, where there is one a layer, and an output layer.</summary>
internal sealed class Head : nn.Module<Tensor, Tensor?, Tensor, Tensor>
{
    private readonly HeadConfiguration _configuration;
    private readonly MaskedMean? _mean;
    private readonly Linear? _layer;
    private readonly nn.Module<Tensor, Tensor>? _activation;
    private readonly nn.Module<Tensor, Tensor>? _norm;

    /// <summary>Creates the head with parameters that are not filled.</summary>
    /// <param name="configuration">How it is built.</param>
    /// <param name="width">The size of the states.</param>
    /// <param name="words">The table of words, for tied weights.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    public Head(HeadConfiguration configuration, long width, Embedding words, ScalarType dtype)
        : base(nameof(Head))
    {
        _configuration = configuration;
        if (configuration.Pooling == Pooling.Mean)
        {
            register_module("mean", _mean = new MaskedMean());
        }

        if (configuration.Layer is { } layer)
        {
            register_module("layer", _layer = Projections.Linear(width, layer.Width, layer.HasBias, dtype));
            if (layer.Activation is { } activation)
            {
                register_module("activation", _activation = Activations.Create(activation));
            }

            if (layer.Norm is { } norm)
            {
                register_module("norm", _norm = Norms.Create(norm, layer.Width, dtype));
            }
        }

        Output = configuration.IsTied
            ? new TiedProjection(words, configuration.HasBias, dtype)
            : Projections.Linear(
                configuration.Layer?.Width ?? width,
                configuration.Outputs,
                configuration.HasBias,
                dtype
            );
        register_module("output", Output);
        if (configuration.SoftCap is { } cap)
        {
            register_module("cap", Cap = new SoftCap(cap));
        }
    }

    /// <summary>The output layer.</summary>
    public nn.Module<Tensor, Tensor> Output { get; }

    /// <summary>The cap behind the output layer; null where there is none.</summary>
    public SoftCap? Cap { get; }

    /// <summary>The logits.</summary>
    /// <param name="states">B × T × D.</param>
    /// <param name="mask">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <param name="places">
    /// B, the token whose states are read where <see cref="Pooling"/> is Last or EndOfText.
    /// </param>
    /// <returns>B × T × outputs, or B × outputs where the head reads one state of each text.</returns>
    public override Tensor forward(Tensor states, Tensor? mask, Tensor places)
    {
        using var scope = NewDisposeScope();
        states = _configuration.Pooling switch
        {
            Pooling.First => states.select(1, 0),
            Pooling.Mean => _mean!.call(states, mask),
            Pooling.Last or Pooling.EndOfText => At(states, places),
            _ => states,
        };
        if (_layer is not null)
        {
            states = _layer.call(states);
            states = _activation?.call(states) ?? states;
            states = _norm?.call(states) ?? states;
        }

        var logits = Output.call(states);
        return (Cap?.call(logits) ?? logits).MoveToOuterDisposeScope();
    }

    private static Tensor At(Tensor states, Tensor places) =>
        states.gather(1, places.view(-1, 1, 1).expand(places.shape[0], 1, states.shape[2])).squeeze(1);
}
