using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>One expert of a mixture: an MLP whose output is multiplied by the weight that the router gave it.</summary>
internal sealed class Expert : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Mlp _mlp;
    private readonly Product _product = new();

    public Expert(Mlp mlp)
        : base(nameof(Expert))
    {
        register_module("mlp", _mlp = mlp);
        register_module("product", _product);
    }

    /// <summary>The weighted output.</summary>
    /// <param name="states">N × D.</param>
    /// <param name="weights">N × 1.</param>
    /// <returns>N × D.</returns>
    public override Tensor forward(Tensor states, Tensor weights)
    {
        using var output = _mlp.call(states);
        return _product.call(weights, output);
    }
}
