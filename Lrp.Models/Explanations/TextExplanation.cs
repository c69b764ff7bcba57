using Lrp.Pictures;

namespace Lrp.Models.Explanations;

/// <summary>
/// Why a model said what it said of a text: the relevance of each token, and what else is known. It can be shown in a
/// terminal, as a page, as a picture and as JSON.
/// </summary>
/// <remarks>
/// Several of them, such as the steps of an answer or the sentences of a document, are shown together by
/// <see cref="ExplanationSteps"/>.
/// </remarks>
public sealed record TextExplanation
{
    /// <summary>Creates an explanation.</summary>
    /// <param name="text">The text as it was typed.</param>
    /// <param name="tokens">Its tokens, in the order in which the model took them.</param>
    /// <param name="relevance">One number for each token; positive speaks for the target.</param>
    /// <exception cref="ArgumentException">
    /// There are not as many numbers as tokens, or a token lies outside the text.
    /// </exception>
    public TextExplanation(string text, IReadOnlyList<TextToken> tokens, IReadOnlyList<double> relevance)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(relevance);
        if (tokens.Count != relevance.Count)
        {
            throw new ArgumentException(
                $"There are {tokens.Count} tokens and {relevance.Count} relevances; give one for each token."
            );
        }

        if (tokens.FirstOrDefault(token => IsOutside(token, text)) is { } outside)
        {
            throw new ArgumentException(
                $"Token '{outside.Piece}' has the units {outside.Start} to {(long)outside.Start + outside.Length} of a "
                    + $"text of {text.Length}; its place counts UTF-16 units of the text as it was typed."
            );
        }

        Text = text;
        Tokens = tokens;
        Relevance = relevance;
    }

    /// <summary>The text as it was typed.</summary>
    public string Text { get; }

    /// <summary>
    /// Where the second of two texts starts, in UTF-16 units of <see cref="Text"/>, in which it stands below the first;
    /// null for one text.
    /// </summary>
    /// <exception cref="ArgumentException">It is not behind a line break of the text.</exception>
    public int? SecondStart
    {
        get;
        init
        {
            if (value is { } start && (start < 1 || start > Text.Length || Text[start - 1] != '\n'))
            {
                throw new ArgumentException($"The second text starts at {start}, where no line of the text starts.");
            }

            field = value;
        }
    }

    /// <summary>The tokens, in the order in which the model took them.</summary>
    public IReadOnlyList<TextToken> Tokens { get; }

    /// <summary>The relevance of each token.</summary>
    public IReadOnlyList<double> Relevance { get; }

    /// <summary>
    /// The relevance of each token in hidden states, [blocks + 1][tokens]: before the first block, and behind each
    /// block; null if not known.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double>>? Layers
    {
        get;
        init
        {
            if (value?.FirstOrDefault(layer => layer.Count != Tokens.Count) is { } wrong)
            {
                throw new ArgumentException(
                    $"A layer has relevance for {wrong.Count} tokens, but there are {Tokens.Count}."
                );
            }

            field = value;
        }
    }

    /// <summary>The relevance of each block's attention heads; null if not known.</summary>
    public PartRelevance? Heads
    {
        get;
        init
        {
            value?.Check(nameof(Heads), Tokens.Count);
            field = value;
        }
    }

    /// <summary>The relevance of each block's experts; null if not known or if there are none.</summary>
    public PartRelevance? Experts
    {
        get;
        init
        {
            value?.Check(nameof(Experts), Tokens.Count);
            field = value;
        }
    }

    /// <summary>The model's name.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>The method's name.</summary>
    public string Method { get; init; } = string.Empty;

    /// <summary>What was explained: a token of the answer, a class, or another sentence.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>What the target was compared with, or null.</summary>
    public string? Against { get; init; }

    /// <summary>The model's output that was explained, such as a logit or a difference of two.</summary>
    public double Score { get; init; }

    /// <summary>The same explanation with the pieces of each word as one token, whose relevance is their sum.</summary>
    /// <remarks>
    /// Words are those of the tokens' <see cref="TextToken.Word"/>. If a token of the text has none, or the tokenizer
    /// takes spaces into a word, a word is what stands between spaces, and each character of a script that is written
    /// without spaces.
    /// </remarks>
    public TextExplanation MergedToWords() => Words.Merge(this);

    /// <summary>The explanation for a terminal.</summary>
    /// <param name="colors">
    /// Whether to write the text with a colour behind each token, or a list of tokens and numbers in plain characters.
    /// If it is null, colours are used unless the output goes to a file, or the environment variable NO_COLOR or
    /// TERM=dumb forbids them.
    /// </param>
    public string ToTerminal(bool? colors = null) => ExplanationTerminal.Of([this], colors);

    /// <summary>A page of one file that loads nothing: tokens in colours, numbers, layers, heads.</summary>
    public string ToHtml() => ExplanationPage.Of([this], null);

    /// <summary>The text with a colour behind each token, as a picture.</summary>
    /// <remarks>
    /// Letters are those of DejaVu Sans; for other scripts the fonts of the machine are searched. Characters that no
    /// font has are boxes, and a line below the text names them.
    /// </remarks>
    /// <param name="width">The width in pixels, at least 200.</param>
    public Picture ToPicture(int width = ExplanationSteps.PictureWidth) => ExplanationPicture.Of([this], width);

    /// <summary>The bytes of a PNG file of <see cref="ToPicture"/>.</summary>
    public byte[] ToPng() => ToPicture().ToPng();

    /// <summary>All data as JSON.</summary>
    public string ToJson() => ExplanationJson.Of(this);

    /// <summary>Saves the explanation in the format of the file's extension; missing folders are created.</summary>
    /// <param name="path">
    /// A path that ends in <c>.html</c>, <c>.htm</c>, <c>.png</c>, <c>.jpg</c>, <c>.webp</c>, <c>.json</c>, or
    /// <c>.txt</c> for plain characters.
    /// </param>
    /// <exception cref="ArgumentException">The extension is none of these.</exception>
    public void Save(string path) =>
        ExplanationFiles.Save(path, ToHtml, () => ToPicture(), ToJson, () => ToTerminal(colors: false));

    private static bool IsOutside(TextToken token, string text) =>
        token.Start < 0 || token.Length < 0 || (long)token.Start + token.Length > text.Length;
}
