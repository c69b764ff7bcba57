using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>A mixture of experts: a router gives each token a few of them (Shazeer et al. 2017).</summary>
internal sealed class Mixture : nn.Module<Tensor, Tensor>
{
    private readonly Linear _router;
    private readonly ExpertWeights _weights;
    private readonly ModuleList<Expert> _experts;

    /// <summary>Creates the layer with parameters that are not filled.</summary>
    /// <param name="width">The size of the states.</param>
    /// <param name="experts">The experts.</param>
    /// <param name="chosen">How many of them a token has.</param>
    /// <param name="normalizes">Whether the weights of a token are divided by their sum.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    public Mixture(long width, IEnumerable<Mlp> experts, int chosen, bool normalizes, ScalarType dtype)
        : base(nameof(Mixture))
    {
        _experts = nn.ModuleList(experts.Select(mlp => new Expert(mlp)).ToArray());
        Sum = new ExpertSum(width);
        register_module("router", _router = Projections.Linear(width, _experts.Count, false, dtype));
        register_module("weights", _weights = new ExpertWeights(chosen, normalizes));
        register_module("experts", _experts);
        register_module("sum", Sum);
    }

    /// <summary>How many experts there are.</summary>
    public int Count => _experts.Count;

    /// <summary>The module that is given the weighted output of each expert.</summary>
    public ExpertSum Sum { get; }

    /// <summary>The output of the layer.</summary>
    /// <param name="states">B × T × D.</param>
    /// <returns>B × T × D.</returns>
    public override Tensor forward(Tensor states)
    {
        using var scope = NewDisposeScope();
        var flat = states.flatten(0, 1);
        var weights = _weights.call(_router.call(flat));
        using var chosen = weights.detach().ne(0);
        var tokens = new ExpertTokens(flat.shape[0]);
        var outputs = new List<Tensor>();
        for (var k = 0; k < _experts.Count; k++)
        {
            var rows = chosen.select(1, k).nonzero().squeeze(-1);
            if (rows.numel() == 0)
            {
                continue;
            }

            tokens.Experts.Add(k);
            tokens.Rows.Add(rows);
            var share = weights.select(1, k).index_select(0, rows).unsqueeze(-1);
            outputs.Add(_experts[k].call(flat.index_select(0, rows), share));
        }

        return Sum.call([.. outputs], tokens).view(states.shape).MoveToOuterDisposeScope();
    }
}
