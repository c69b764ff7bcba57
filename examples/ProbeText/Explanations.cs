using Lrp.Composites;
using Lrp.Composites.Attributors;
using Lrp.Core.Forward;
using Lrp.Rules;
using Lrp.Rules.Forward;
using Mails;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ProbeText;

/// <summary>Relevance of words for spam against mail, by two of the library's ways.</summary>
internal static class Explanations
{
    /// <summary>LRP for transformers (AttnLRP): what arrives at each embedded word.</summary>
    public static double[] ByRelevance(MailNetwork network, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var composite = new Composite { { typeof(Linear), new Epsilon(1e-6) }, { Functions.AttnLrp } };
        Attribution attribution = new CompositeAttributor(composite, "AttnLRP").Attribute(network, network.Embed(numbers), Target.Difference(1, 0));
        return attribution.Relevance.sum(-1).flatten().to(ScalarType.Float64).data<double>().ToArray();
    }

    /// <summary>Linear decomposition: the logits in one part a word.</summary>
    public static double[] ByDecomposition(MailNetwork network, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var composite = new Composite { { typeof(nn.Module), new Affine { LinearisedAttention = true } } };
        using Composition words = Composition.Tokens(numbers, 1);
        using DecompositionRun run = composite.Decompose(network, words);
        Tensor parts = run.Of(network.call(numbers)).Components;
        return (parts.select(-1, 1) - parts.select(-1, 0)).flatten().to(ScalarType.Float64).data<double>().ToArray();
    }
}
