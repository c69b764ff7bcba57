using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Agglomeration;
using Lrp.Decomposition.Families;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using Mails;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainMails;

/// <summary>
/// A method that computes the contribution of each word to the logit of spam minus the logit of mail.
/// </summary>
/// <param name="Name">The name of the method.</param>
/// <param name="Explain">Takes a network and the ids of a mail's words, (1, L); returns L contributions.</param>
internal sealed record WordMethod(string Name, Func<MailNetwork, Tensor, double[]> Explain);

/// <summary>The methods that the example compares, and their composites.</summary>
internal static class WordMethods
{
    public const int Mail = 0;
    public const int Spam = 1;

    /// <summary>
    /// LRP for transformers (AttnLRP): epsilon in the layers, and one rule for each function in a forward: sums,
    /// products, softmax, norms.
    /// </summary>
    public static Composite AttnLrp() => new() { { typeof(Linear), new Epsilon(1e-6) }, { Functions.AttnLrp } };

    /// <summary>Linear decomposition with attention at its actual weights; biases belong to no word.</summary>
    public static Composite Linearly() =>
        new()
        {
            {
                typeof(nn.Module),
                new Affine { LinearisedAttention = true }
            },
        };

    /// <summary>Contextual decomposition; the last layer's bias belongs to no word.</summary>
    public static Composite Contextually() =>
        new()
        {
            { typeof(nn.Module), new ContextualDecomposition() },
            {
                "classifier",
                new ContextualDecomposition { BiasPolicy = new BiasToResidual() }
            },
        };

    public static IReadOnlyList<WordMethod> For(MailNetwork network) =>
        network is MailTransformer
            ? [new("AttnLRP", Attributed(new CompositeAttributor(AttnLrp(), "AttnLRP"))), .. ForAny]
            : ForAny;

    private static IReadOnlyList<WordMethod> ForAny { get; } =
    [
        new("gradient x input", Attributed(new InputXGradient())),
        new("linear decomposition", Decomposed),
        new(
            "contextual decomposition",
            (network, numbers) => Scored(new ContextualScorer(Contextually(), network, numbers), numbers)
        ),
        new(
            "occlusion",
            (network, numbers) => Scored(MaskingScorer.Occlusion(network, numbers, fill: Vocabulary.Unknown), numbers)
        ),
    ];

    /// <summary>The masks of all phrases with this many words, (phrases, 1, L), true inside.</summary>
    public static Tensor Phrases(long length, long words) =>
        stack([
            .. Enumerable
                .Range(0, (int)(length - words + 1))
                .Select(start => arange(length).ge(start).logical_and(arange(length).lt(start + words)).unsqueeze(0)),
        ]);

    /// <summary>The scores of regions for spam minus those for mail.</summary>
    public static double[] ForSpam(Tensor scores) =>
        (scores.select(-1, Spam) - scores.select(-1, Mail)).flatten().to(ScalarType.Float64).data<double>().ToArray();

    // The relevance is that of the embedded words; a word's relevance is the sum over its vector.
    private static Func<MailNetwork, Tensor, double[]> Attributed(IAttributor attributor) =>
        (network, numbers) =>
        {
            using var scope = NewDisposeScope();
            var attribution = attributor.Attribute(network, network.Embed(numbers), Target.Difference(Spam, Mail));
            return attribution.Relevance.sum(-1).flatten().to(ScalarType.Float64).data<double>().ToArray();
        };

    // All words in one pass: the logits are split into one part per word and one part for the biases.
    private static double[] Decomposed(MailNetwork network, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        using var words = Composition.Tokens(numbers, 1);
        using var run = Linearly().Decompose(network, words);
        return ForSpam(run.Of(network.call(numbers)).Components);
    }

    private static double[] Scored(RegionScorer scorer, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        using (scorer)
        {
            return ForSpam(scorer.Score(Phrases(numbers.shape[1], 1)));
        }
    }
}
