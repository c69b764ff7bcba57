using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>Texts that can be explained.</summary>
internal static class TextChecks
{
    /// <summary>The tokens of a text, special ones included.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The text.</param>
    /// <param name="longest">How many tokens the model reads; null for any number.</param>
    /// <param name="model">How the model is called.</param>
    /// <param name="goesOn">Whether the text goes on, so that no special tokens stand behind it.</param>
    /// <exception cref="ArgumentException">The text is empty or too long.</exception>
    public static TokenEncoding Encode(
        Tokenizer tokenizer,
        string text,
        long? longest,
        string model,
        bool goesOn = false
    )
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
        {
            throw new ArgumentException("The text is empty: there is nothing that could be relevant.", nameof(text));
        }

        var encoding = goesOn ? tokenizer.EncodeBeginning(text) : tokenizer.Encode(text);
        return Short(encoding, "The text has", longest, model);
    }

    /// <summary>The tokens of two texts, special ones included.</summary>
    /// <exception cref="ArgumentException">Together they are too long.</exception>
    public static TokenEncoding Encode(Tokenizer tokenizer, TextPair pair, long? longest, string model) =>
        Short(tokenizer.Encode(pair.First, pair.Second), "The two texts have", longest, model);

    /// <summary>An explanation whose value is a number.</summary>
    /// <exception cref="InvalidOperationException">It is not; the explanation is freed.</exception>
    public static TokenRelevance Finite(TokenRelevance relevance, string model)
    {
        if (relevance.Explained.isfinite().all().item<bool>())
        {
            return relevance;
        }

        relevance.Dispose();
        throw new InvalidOperationException(
            $"{model} gives NaN or infinity for this text: a weight is not finite, a number in its configuration is "
                + "wrong (an epsilon below 0, a rope theta of 0), or half precision is too small for it: load it in "
                + "float32."
        );
    }

    private static TokenEncoding Short(TokenEncoding encoding, string what, long? longest, string model) =>
        encoding.Count <= (longest ?? long.MaxValue)
            ? encoding
            : throw new ArgumentException(
                $"{what} {encoding.Count} tokens, and {model} reads {longest} at most: give less text."
            );

    /// <summary>The ids of one text, 1 × T.</summary>
    public static Tensor Ids(TokenEncoding encoding) => tensor([.. encoding.Ids], dtype: ScalarType.Int64).unsqueeze(0);
}
