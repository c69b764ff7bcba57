using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>Heads that several brands have.</summary>
internal static class Heads
{
    /// <summary>The next token, by weights without a bias that may be the table of words.</summary>
    /// <param name="name">The file's name of the output layer.</param>
    /// <param name="isTiedByDefault">Whether it is the table of words where the config does not say.</param>
    /// <param name="softCap">The cap of the outputs where the config does not say; null for none.</param>
    public static BrandHead NextToken(string name, bool isTiedByDefault, double? softCap = null) =>
        new(
            (config, _) =>
                new HeadConfiguration
                {
                    Outputs = config.Whole("vocab_size"),
                    IsTied = config.Truth("tie_word_embeddings", isTiedByDefault),
                    SoftCap = config.NumberOrNull("final_logit_softcapping", softCap),
                },
            [new("head.output", name)]
        );

    /// <summary>A class from the states of one token.</summary>
    public static BrandHead TextClass(string name, Pooling pooling, bool hasBias) =>
        new(
            (_, classes) =>
                new HeadConfiguration
                {
                    Pooling = pooling,
                    Outputs = classes,
                    HasBias = hasBias,
                },
            [new("head.output", name)]
        );

    /// <summary>A class for each token.</summary>
    public static BrandHead TokenClass(string name) =>
        new((_, classes) => new HeadConfiguration { Outputs = classes, HasBias = true }, [new("head.output", name)]);

    /// <summary>Where an answer begins and where it ends.</summary>
    public static BrandHead AnswerSpan() =>
        new(
            (_, _) => new HeadConfiguration { Outputs = TransformerConfiguration.EndsOfAnswer, HasBias = true },
            [new("head.output", "qa_outputs")]
        );

    /// <summary>
    /// The heads of a decoder: the next token, the class of a text at its last token, classes of tokens.
    /// </summary>
    public static Dictionary<TransformerTask, BrandHead> OfDecoder(
        string output,
        bool isTiedByDefault = false,
        double? softCap = null
    ) =>
        new()
        {
            [TransformerTask.NextToken] = NextToken(output, isTiedByDefault, softCap),
            [TransformerTask.TextClass] = TextClass("score", Pooling.Last, hasBias: false),
            [TransformerTask.TokenClass] = TokenClass("score"),
        };

    /// <summary>A layer of the size of the states.</summary>
    public static HeadLayer Layer(
        ModelConfig config,
        string activation,
        NormOptions? norm = null,
        string width = "hidden_size"
    ) =>
        new()
        {
            Width = config.Whole(width),
            Activation = activation,
            Norm = norm,
        };
}
