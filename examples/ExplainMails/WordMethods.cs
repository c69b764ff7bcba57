using Lrp.Composites;
using Lrp.Composites.Agglomeration;
using Lrp.Composites.Attributors;
using Lrp.Core.Forward;
using Lrp.Rules;
using Lrp.Rules.Forward;
using Mails;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainMails;

/// <summary>A method that says how much each word speaks for spam: a share of the logit of spam less the logit of mail.</summary>
/// <param name="Name">The method.</param>
/// <param name="Explain">Gets a network and the numbers of a mail's words, (1, L); gives L shares.</param>
internal sealed record WordMethod(string Name, Func<MailNetwork, Tensor, double[]> Explain);

/// <summary>The methods that the example compares, and the composites that they need.</summary>
internal static class WordMethods
{
    public const int Mail = 0;
    public const int Spam = 1;

    /// <summary>LRP for transformers (AttnLRP): epsilon in the layers, and a rule for each function inside a forward: sums, products, softmax, norms.</summary>
    public static Composite AttnLrp() => new()
    {
        { typeof(Linear), new Epsilon(1e-6) },
        { Functions.AttnLrp },
    };

    /// <summary>Linear decomposition, attention at its actual weights; biases belong to no word.</summary>
    public static Composite Linearly() => new()
    {
        { typeof(nn.Module), new Affine { LinearisedAttention = true } },
    };

    /// <summary>Contextual decomposition; the last layer's bias belongs to no word.</summary>
    public static Composite Contextually() => new()
    {
        { typeof(nn.Module), new ContextualDecomposition() },
        { "classifier", new ContextualDecomposition { BiasPolicy = new BiasToResidual() } },
    };

    public static IReadOnlyList<WordMethod> For(MailNetwork network) => network is MailTransformer
        ? [new("AttnLRP", Attributed(new CompositeAttributor(AttnLrp(), "AttnLRP"))), .. ForAny]
        : ForAny;

    private static IReadOnlyList<WordMethod> ForAny { get; } =
    [
        new("gradient x input", Attributed(new InputXGradient())),
        new("linear decomposition", Decomposed),
        new("contextual decomposition", (network, numbers) => Scored(new ContextualScorer(Contextually(), network, numbers), numbers)),
        new("occlusion", (network, numbers) => Scored(MaskingScorer.Occlusion(network, numbers, fill: Vocabulary.Unknown), numbers)),
    ];

    /// <summary>All phrases of some words, (phrases, 1, L), true inside.</summary>
    public static Tensor Phrases(long length, long words) =>
        stack([.. Enumerable.Range(0, (int)(length - words + 1)).Select(start => arange(length).ge(start).logical_and(arange(length).lt(start + words)).unsqueeze(0))]);

    /// <summary>How much regions speak for spam, from what they say for each class.</summary>
    public static double[] ForSpam(Tensor scores) =>
        (scores.select(-1, Spam) - scores.select(-1, Mail)).flatten().to(ScalarType.Float64).data<double>().ToArray();

    // Relevance arrives at the embedded words; a word's is the sum over its vector.
    private static Func<MailNetwork, Tensor, double[]> Attributed(IAttributor attributor) => (network, numbers) =>
    {
        using DisposeScope scope = NewDisposeScope();
        Attribution attribution = attributor.Attribute(network, network.Embed(numbers), Target.Difference(Spam, Mail));
        return attribution.Relevance.sum(-1).flatten().to(ScalarType.Float64).data<double>().ToArray();
    };

    // All words at once, in one pass: the logits come apart into a part a word and one for the biases.
    private static double[] Decomposed(MailNetwork network, Tensor numbers)
    {
        using DisposeScope scope = NewDisposeScope();
        using Composition words = Composition.Tokens(numbers, 1);
        using DecompositionRun run = Linearly().Decompose(network, words);
        return ForSpam(run.Of(network.call(numbers)).Components);
    }

    private static double[] Scored(RegionScorer scorer, Tensor numbers)
    {
        using DisposeScope scope = NewDisposeScope();
        using (scorer)
        {
            return ForSpam(scorer.Score(Phrases(numbers.shape[1], 1)));
        }
    }
}
