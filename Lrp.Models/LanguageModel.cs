using Lrp.Checkpoints;
using Lrp.Models.Methods;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>A published transformer with its tokenizer, and explanations of what it says about a text.</summary>
/// <remarks>Several threads may use one model; its explanations are computed one after the other.</remarks>
/// <example>
/// <code>
/// using var model = LanguageModel.Load("SmolLM2-135M");
/// using var explanation = model.Explain("The capital of France is", Target.Next(" Paris"));
/// explanation.Save("why.html");
/// </code>
/// </example>
public sealed partial class LanguageModel : IDisposable
{
    private readonly string _name;
    private readonly Lock _explaining = new();
    private bool _isDisposed;

    /// <summary>Joins a model and its tokenizer, which it then owns.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="name">How explanations call the model; null for its architecture.</param>
    public LanguageModel(Transformer transformer, Tokenizer tokenizer, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ThrowUnlessItHasAHead(transformer.Configuration);
        Transformer = transformer;
        Tokenizer = tokenizer;
        _name = name ?? transformer.Configuration.Architecture;
    }

    /// <summary>The model.</summary>
    public Transformer Transformer { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>
    /// Whether each block keeps only its input and runs once more in the backward pass: an explanation then needs the
    /// memory of the weights, of one block's activations, and of the states between blocks, for one more forward pass.
    /// </summary>
    public bool RecomputesBlocks { get; set; }

    /// <summary>
    /// Loads a folder of the Hugging Face hub: <c>config.json</c>, the weights in one or more files, and
    /// <c>tokenizer.json</c>. Or a GGUF file of llama.cpp, which has all of it.
    /// </summary>
    /// <param name="folder">The folder, or the path of the GGUF file.</param>
    /// <param name="dtype">
    /// The element type of the parameters; null for float32, or for float64 where the checkpoint has that. bfloat16
    /// takes half the memory, with one or two digits of relevance, and is slow on processors without instructions for
    /// it.
    /// </param>
    /// <param name="keepQuantized">
    /// Whether the linear layers of a GGUF file leave their weights in it until they run; see
    /// <see cref="Transformer.Load"/>.
    /// </param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="IOException">config.json or the tokenizer is missing; the message says which.</exception>
    /// <exception cref="NotSupportedException">The architecture is not known; the message lists what is.</exception>
    /// <exception cref="GgufException">
    /// The GGUF file is damaged, is no model, or is or has something that is not supported.
    /// </exception>
    /// <exception cref="FormatException">
    /// A file is damaged, or files with weights are missing or do not fit config.json.
    /// </exception>
    public static LanguageModel Load(string folder, ScalarType? dtype = null, bool keepQuantized = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var name = new DirectoryInfo(folder).Name;

        // What is small first: a missing tokenizer is found before the weights are read.
        if (File.Exists(folder))
        {
            var own = TokenizerOfFile(folder);
            return new LanguageModel(Transformer.Load(folder, dtype, keepQuantized), own, name);
        }

        Transformer.ThrowIfQuantized(folder, keepQuantized);
        var read = TransformerFolder.Read(folder);
        ThrowUnlessItHasAHead(read.Configuration);
        var tokenizer = Tokenizer.Load(folder);
        return new LanguageModel(read.Load(dtype), tokenizer, name);
    }

    /// <summary>Explains what the model says about a text.</summary>
    /// <remarks>
    /// Where the model continues texts, special tokens that its tokenizer puts behind a text, such as
    /// <c>&lt;/s&gt;</c>, are left out. Where an encoder and a decoder both read the text, the relevance of a token is
    /// the sum of what it has in the two.
    /// </remarks>
    /// <param name="text">The text.</param>
    /// <param name="target">What is explained; null for what the model predicts.</param>
    /// <param name="method">The rules.</param>
    /// <param name="parts">What is computed beside the relevance of tokens.</param>
    /// <returns>The explanation; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The text is empty or longer than the model reads, or the target is no single token, or does not fit the model.
    /// </exception>
    public Explanation Explain(
        string text,
        TextTarget? target = null,
        RelevanceMethod method = RelevanceMethod.AttnLrp,
        RelevanceParts parts = RelevanceParts.Shown
    ) => Explain(Read(text), target, method, parts);

    /// <summary>Explains what the model says about two texts that it reads together.</summary>
    /// <remarks>
    /// For models that answer questions (<see cref="TextTargets"/>: <c>Target.Answer()</c>), and for classifiers of two
    /// texts. The explanation shows the second text below the first.
    /// </remarks>
    /// <param name="pair">The texts.</param>
    /// <param name="target">What is explained; null for what the model predicts.</param>
    /// <param name="method">The rules.</param>
    /// <param name="parts">What is computed beside the relevance of tokens.</param>
    /// <returns>The explanation; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The texts are longer than the model reads, the model continues one text, or the target does not fit.
    /// </exception>
    public Explanation Explain(
        TextPair pair,
        TextTarget? target = null,
        RelevanceMethod method = RelevanceMethod.AttnLrp,
        RelevanceParts parts = RelevanceParts.Shown
    )
    {
        ArgumentNullException.ThrowIfNull(pair);
        return Explain(Read(pair), target, method, parts);
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        Transformer.Dispose();
    }

    private static void ThrowUnlessItHasAHead(TransformerConfiguration configuration)
    {
        if (configuration.Task == TransformerTask.States)
        {
            throw new NotSupportedException(
                $"{configuration.Architecture} has no head, so it says nothing about a text alone: give a second text, "
                    + "to explain how similar the two are (SentenceEncoder, or --against-text of the command lrp)."
            );
        }
    }

    private static Tokenizer TokenizerOfFile(string path)
    {
        TransformerFile.ThrowIfPart(path);
        using var file = GgufFile.Open(path);
        return Tokenizer.FromGguf(file.Metadata);
    }

    private TransformerExplainer NewExplainer(RelevanceMethod method, RelevanceParts parts) =>
        new(Transformer, method, parts: parts, recomputesBlocks: RecomputesBlocks);

    /// <summary>A token's text; its number where the model has more rows than the tokenizer has tokens.</summary>
    private string NameOf(long id) => id < Tokenizer.VocabularySize ? Tokenizer.Decode([id]) : $"token {id}";

    private Explanation Explain(ReadText read, TextTarget? target, RelevanceMethod method, RelevanceParts parts)
    {
        using var alone = _explaining.EnterScope();
        var resolve = (target ?? Attribution.Target.Predicted).Resolve(this, read);
        using var explainer = NewExplainer(method, parts);
        using var scope = NewDisposeScope();
        using var pass = explainer.Run(read.Ids(), tokenTypes: read.Types(Transformer.Configuration));
        var resolved = resolve(pass.Logits);
        var tensors = TextChecks.Finite(pass.Explain(resolved.Target.ScoreOf), _name);
        return new Explanation(
            ExplanationText.Of(read.Text, read.Tokens, tensors) with
            {
                SecondStart = read.SecondStart,
                Model = _name,
                Method = method.Title,
                Target = resolved.Name,
                Against = resolved.Against,
                Score = tensors.Explained.to(ScalarType.Float64).item<double>(),
            },
            tensors
        );
    }

    private ReadText Read(string text) => new(text, Encode(text));

    private ReadText Read(TextPair pair)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var configuration = Transformer.Configuration;
        return configuration.ContinuesTexts
            ? throw new ArgumentException(
                $"{_name} ({configuration.Architecture}) continues one text: write both texts into it."
            )
            : new ReadText(pair, TextChecks.Encode(Tokenizer, pair, configuration.LongestText, _name));
    }

    private TokenEncoding Encode(string text)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var configuration = Transformer.Configuration;
        return TextChecks.Encode(Tokenizer, text, configuration.LongestText, _name, configuration.ContinuesTexts);
    }

    /// <summary>The name of what the model predicts.</summary>
    /// <param name="logits">The model's output.</param>
    /// <param name="position">The position in outputs that have positions.</param>
    internal string Predicted(Tensor logits, long position)
    {
        using var scope = NewDisposeScope();
        var configuration = Transformer.Configuration;
        var best = (logits.dim() == 3 ? logits[0, position] : logits[0]).argmax().item<long>();
        return configuration.Task switch
        {
            TransformerTask.NextToken or TransformerTask.MaskedToken => NameOf(best),
            _ when best < configuration.Labels.Count => configuration.Labels[(int)best],
            _ => $"class {best}",
        };
    }
}
