using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>The weights of one layer in one direction; they belong to the module.</summary>
/// <param name="Input">W, shape (gates·hidden, features).</param>
/// <param name="Hidden">U, shape (gates·hidden, hidden).</param>
/// <param name="InputBias">The bias of W x, shape (gates·hidden); null if the module has none.</param>
/// <param name="HiddenBias">The bias of U h, shape (gates·hidden); null if the module has none.</param>
internal sealed record DirectionWeights(Tensor Input, Tensor Hidden, Tensor? InputBias, Tensor? HiddenBias)
{
    /// <summary>The size of the hidden state.</summary>
    public long Size => Hidden.shape[1];

    /// <summary>The weights of each layer, in one direction or two.</summary>
    public static IReadOnlyList<DirectionWeights[]> Of(nn.Module module)
    {
        var named = module.named_parameters(false).ToDictionary(item => item.name, item => (Tensor)item.parameter);
        var layers = new List<DirectionWeights[]>();
        while (named.ContainsKey($"weight_ih_l{layers.Count}"))
        {
            string[] directions = [$"_l{layers.Count}", $"_l{layers.Count}_reverse"];
            layers.Add([
                .. directions
                    .Where(direction => named.ContainsKey($"weight_ih{direction}"))
                    .Select(direction => new DirectionWeights(
                        named[$"weight_ih{direction}"].detach(),
                        named[$"weight_hh{direction}"].detach(),
                        named.GetValueOrDefault($"bias_ih{direction}")?.detach(),
                        named.GetValueOrDefault($"bias_hh{direction}")?.detach()
                    )),
            ]);
        }

        return layers;
    }

    /// <summary>Whether the module projects its hidden state to another size.</summary>
    public static bool HasProjection(nn.Module module) =>
        module.named_parameters(false).Any(item => item.name.StartsWith("weight_hr_", StringComparison.Ordinal));
}
