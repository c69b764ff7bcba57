using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using Mails;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ProbeText;

/// <summary>Computes the relevance of words for spam minus mail, by two methods of the library.</summary>
internal static class Explanations
{
    /// <summary>LRP for transformers (AttnLRP): the relevance of each embedded word.</summary>
    public static double[] ByRelevance(MailNetwork network, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var composite = new Composite { { typeof(Linear), new Epsilon(1e-6) }, { Functions.AttnLrp } };
        var attribution = new CompositeAttributor(composite, "AttnLRP").Attribute(
            network,
            network.Embed(numbers),
            Target.Difference(1, 0)
        );
        return attribution.Relevance.sum(-1).flatten().to(ScalarType.Float64).data<double>().ToArray();
    }

    /// <summary>Linear decomposition: the logits are split into one part per word.</summary>
    public static double[] ByDecomposition(MailNetwork network, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var composite = new Composite
        {
            {
                typeof(nn.Module),
                new Affine { LinearisedAttention = true }
            },
        };
        using var words = Composition.Tokens(numbers, 1);
        using var run = composite.Decompose(network, words);
        var parts = run.Of(network.call(numbers)).Components;
        return (parts.select(-1, 1) - parts.select(-1, 0)).flatten().to(ScalarType.Float64).data<double>().ToArray();
    }
}
