using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Models.Explanations;
using Lrp.Models.Methods;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>
/// A published encoder that turns a text into one vector (sentence-transformers), and explanations of why two texts are
/// similar.
/// </summary>
/// <remarks>Several threads may use one encoder; its explanations are computed one after the other.</remarks>
/// <example>
/// <code>
/// using var encoder = SentenceEncoder.Load("all-MiniLM-L6-v2");
/// using var why = encoder.ExplainSimilarity("The cat sleeps.", "A kitten is napping.");
/// encoder.ExplainPairs("The cat sleeps.", "A kitten is napping.").Save("pairs.html");
/// </code>
/// </example>
public sealed class SentenceEncoder : IDisposable
{
    private const int AtOnce = 32;

    private readonly SentencePooling _pooling;
    private readonly string _name;
    private readonly Lock _explaining = new();
    private bool _isDisposed;

    private SentenceEncoder(Transformer transformer, Tokenizer tokenizer, SentencePooling pooling, string name)
    {
        Transformer = transformer;
        Tokenizer = tokenizer;
        _pooling = pooling;
        _name = name;
    }

    /// <summary>The model.</summary>
    public Transformer Transformer { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>
    /// Loads a folder of the Hugging Face hub: config.json, the weights, tokenizer.json, and, where they are there,
    /// modules.json and the configuration of its pooling.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">
    /// The element type of the parameters; null for float32, or for float64 where the checkpoint has that. bfloat16
    /// takes half the memory, with one or two digits of relevance, and is slow on processors without instructions for
    /// it.
    /// </param>
    /// <returns>The encoder; the caller disposes it.</returns>
    /// <exception cref="IOException">config.json or the tokenizer is missing; the message says which.</exception>
    /// <exception cref="NotSupportedException">
    /// The architecture or the pooling is not known, or the model has a head.
    /// </exception>
    /// <exception cref="FormatException">
    /// A file is damaged, or files with weights are missing or do not fit config.json.
    /// </exception>
    public static SentenceEncoder Load(string folder, ScalarType? dtype = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var pooling = SentencePooling.Read(folder);
        var read = TransformerFolder.Read(pooling.Folder);
        var configuration = read.Configuration;
        if (configuration.Task != TransformerTask.States)
        {
            throw new NotSupportedException(
                $"{configuration.Architecture} in '{folder}' is no sentence encoder, because it has a head: explain it "
                    + "without a text to compare with (LanguageModel, or lrp without --against-text)."
            );
        }

        var tokenizer = Tokenizer.Load(pooling.Folder);
        var name = new DirectoryInfo(folder).Name;
        return new SentenceEncoder(read.Load(dtype), tokenizer, pooling, name);
    }

    /// <summary>The vectors of texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>One row for each text; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no text, or one is empty or too long.</exception>
    public Tensor Embed(params IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var inference = no_grad();
        using var scope = NewDisposeScope();
        var rows = texts.Select(text => Vector(Encode(text))).ToList();
        if (rows.Count == 0)
        {
            throw new ArgumentException("Give at least one text.", nameof(texts));
        }

        return cat(rows).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The cosine of the angle between the vectors of two texts, from −1 to 1. Their product where
    /// <c>config_sentence_transformers.json</c> has the dot product as <c>similarity_fn_name</c>.
    /// </summary>
    /// <param name="text">A text.</param>
    /// <param name="other">Another.</param>
    public double Similarity(string text, string other)
    {
        using var scope = NewDisposeScope();
        var vectors = _pooling.Compared(Embed(text, other));
        return vectors[0].dot(vectors[1]).to(ScalarType.Float64).item<double>();
    }

    /// <summary>Explains by the tokens of a text why it is similar to another, whose vector is a constant.</summary>
    /// <param name="text">The text that is explained.</param>
    /// <param name="other">The text that it is compared with.</param>
    /// <param name="method">The rules.</param>
    /// <param name="parts">What is computed beside the relevance of tokens.</param>
    /// <returns>The explanation; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">A text is empty or too long.</exception>
    public Explanation ExplainSimilarity(
        string text,
        string other,
        RelevanceMethod method = RelevanceMethod.AttnLrp,
        RelevanceParts parts = RelevanceParts.Shown
    )
    {
        using var alone = _explaining.EnterScope();
        var encoding = Encode(text);
        using var scope = NewDisposeScope();
        var constant = _pooling.Compared(Embed(other));
        using var explainer = new TransformerExplainer(Transformer, method, parts: parts);
        using var pass = explainer.Run(TextChecks.Ids(encoding));
        var tensors = TextChecks.Finite(pass.Explain(states => Direction(states, method).mul(constant).sum(1)), _name);
        return new Explanation(
            ExplanationText.Of(text, encoding.ToTextTokens(), tensors) with
            {
                Model = _name,
                Method = method.Title,
                Target = $"similar to: {other}",
                Score = tensors.Explained.to(ScalarType.Float64).item<double>(),
            },
            tensors
        );
    }

    /// <summary>
    /// Explains which token of a text and which token of another make them similar together: BiLRP (Eberle et al. 2020,
    /// "Building and interpreting deep similarity models", equation 8). R_ij = Σ_m R_i(φ_m(text)) · R_j(φ_m(other)).
    /// </summary>
    /// <remarks>It takes one forward and one backward pass of both texts for each 32 of the vector's entries.</remarks>
    /// <param name="text">A text.</param>
    /// <param name="other">Another.</param>
    /// <param name="method">The rules.</param>
    /// <param name="progress">Is told the part that is done, from 0 to 1; null for nobody.</param>
    /// <returns>The relevance of pairs; it sums to the similarity, except for what biases and softmax took.</returns>
    /// <exception cref="ArgumentException">A text is empty or too long.</exception>
    public PairExplanation ExplainPairs(
        string text,
        string other,
        RelevanceMethod method = RelevanceMethod.AttnLrp,
        IProgress<double>? progress = null
    )
    {
        using var alone = _explaining.EnterScope();
        var (one, two) = (Encode(text), Encode(other));
        using var scope = NewDisposeScope();
        using var explainer = new TransformerExplainer(Transformer, method, parts: RelevanceParts.None);
        var left = ByEntry(explainer, one, method, part => progress?.Report(part / 2));
        var right = ByEntry(explainer, two, method, part => progress?.Report((1 + part) / 2));
        var pairs = left.t().mm(right).to(ScalarType.Float64).cpu().contiguous();
        return new PairExplanation(
            (text, one.ToTextTokens()),
            (other, two.ToTextTokens()),
            [.. pairs.unbind(0).Select(row => (IReadOnlyList<double>)row.data<double>().ToArray())]
        )
        {
            Model = _name,
            Method = $"BiLRP with {method.Title}",
            Score = Similarity(text, other),
        };
    }

    /// <summary>
    /// Removes the tokens of an explained text in the order of their relevance, and measures the similarity to another
    /// text.
    /// </summary>
    /// <param name="explanation">The explained text; special tokens are never removed.</param>
    /// <param name="other">The text that it was compared with.</param>
    /// <param name="steps">The number of steps in which the tokens are removed: their embeddings become zero.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <returns>The curves.</returns>
    /// <exception cref="ArgumentException">A text is empty or too long, or the tokens are not the model's.</exception>
    public FlippingCurves Flip(
        TextExplanation explanation,
        string other,
        int steps = 10,
        IProgress<AttributionProgress>? progress = null
    )
    {
        ArgumentNullException.ThrowIfNull(explanation);
        TextFlipping.ThrowUnlessTokensOf(_name, Encode(explanation.Text), explanation);
        using var scope = NewDisposeScope();
        var constant = _pooling.Compared(Embed(other));
        return TextFlipping.Run(
            Transformer,
            types: null,
            states => _pooling.Compared(_pooling.Of(states, mask: null)).mul(constant).sum(1, keepdim: true),
            explanation,
            Target.Class(0),
            places: [],
            steps,
            progress
        );
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        Transformer.Dispose();
    }

    /// <summary>The relevance of each token for each entry of the text's vector, D × T.</summary>
    private Tensor ByEntry(
        TransformerExplainer explainer,
        TokenEncoding encoding,
        RelevanceMethod method,
        Action<double> report
    )
    {
        using var scope = NewDisposeScope();
        var width = Transformer.Configuration.Stack.Width;
        var parts = new List<Tensor>();
        for (long first = 0; first < width; first += AtOnce)
        {
            using var chunk = NewDisposeScope();
            var count = Math.Min(AtOnce, width - first);
            var ids = TextChecks.Ids(encoding).expand(count, -1).contiguous();
            using var pass = explainer.Run(ids);
            using var relevance = pass.Explain(states => Direction(states, method).narrow(1, first, count).diagonal());
            parts.Add(ExplanationText.Tokens(relevance).clone().MoveToOtherDisposeScope(scope));
            report((double)(first + count) / width);
        }

        return cat(parts).MoveToOuterDisposeScope();
    }

    private Tensor Vector(TokenEncoding encoding)
    {
        var pooled = _pooling.Of(Transformer.call(TextChecks.Ids(encoding), null, null, null), mask: null);
        return _pooling.IsNormalized ? SentencePooling.Unit(pooled, constantLength: true) : pooled;
    }

    /// <summary>
    /// The vectors as the cosine takes them, of length 1 also where the model leaves them as they are; for the product
    /// of vectors, as they are.
    /// </summary>
    private Tensor Direction(Tensor states, RelevanceMethod method) =>
        _pooling.Compared(
            _pooling.Of(states, mask: null),
            constantLength: method != RelevanceMethod.GradientTimesInput
        );

    private TokenEncoding Encode(string text)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(text);
        var longest = _pooling.LongestText ?? Transformer.Configuration.LongestText;

        // Lower case has as many UTF-16 units, so that places in it are places in the text.
        return TextChecks.Encode(Tokenizer, _pooling.LowersCase ? text.ToLowerInvariant() : text, longest, _name);
    }
}
