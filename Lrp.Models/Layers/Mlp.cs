using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>
/// Two linear layers with an activation between them: down(act(up(x))), or down(act(gate(x)) · up(x)).
/// </summary>
internal sealed class Mlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear? _gate;
    private readonly Linear _up;
    private readonly nn.Module<Tensor, Tensor> _activation;
    private readonly Product? _product;

    /// <summary>Creates the layer with parameters that are not filled.</summary>
    /// <param name="width">The size of the states.</param>
    /// <param name="inner">The number of neurons.</param>
    /// <param name="activation">The name of the activation.</param>
    /// <param name="isGated">Whether an activated gate multiplies the neurons.</param>
    /// <param name="hasBias">Whether the linear layers have a bias.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    public Mlp(long width, long inner, string activation, bool isGated, bool hasBias, ScalarType dtype)
        : base(nameof(Mlp))
    {
        if (isGated)
        {
            register_module("gate", _gate = Projections.Linear(width, inner, hasBias, dtype));
            register_module("product", _product = new Product());
        }

        register_module("up", _up = Projections.Linear(width, inner, hasBias, dtype));
        register_module("activation", _activation = Activations.Create(activation));
        register_module("down", Down = Projections.Linear(inner, width, hasBias, dtype));
    }

    /// <summary>The layer that is given the neurons, … × inner.</summary>
    public Linear Down { get; }

    /// <summary>The output of the layer.</summary>
    /// <param name="states">… × width.</param>
    /// <returns>… × width.</returns>
    public override Tensor forward(Tensor states)
    {
        using var scope = NewDisposeScope();
        var neurons = _gate is null
            ? _activation.call(_up.call(states))
            : _product!.call(_activation.call(_gate.call(states)), _up.call(states));
        return Down.call(neurons).MoveToOuterDisposeScope();
    }
}
