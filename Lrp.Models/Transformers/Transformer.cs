using Lrp.Checkpoints;
using Lrp.Core;
using Lrp.Models.Methods;
using Lrp.Models.Transformers.Brands;
using Lrp.Models.Transformers.Configurations;
using Lrp.Models.Transformers.Gguf;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>
/// A decoder, an encoder, or an encoder with a decoder that reads it, with a head for its task: whatever its
/// configuration says.
/// </summary>
/// <remarks>
/// Sums, products, softmax, norms and activations are modules, which a composite matches by type. Parameters require no
/// gradient. Without a composite the model has its plain gradient.
/// </remarks>
public sealed class Transformer : nn.Module<Tensor, Tensor?, Tensor?, Tensor?, Tensor>
{
    private readonly Stack? _encoder;
    private readonly Stack _stack;
    private readonly Head? _head;

    /// <summary>Creates the model with parameters that are not filled.</summary>
    internal Transformer(TransformerConfiguration configuration, ScalarType dtype)
        : base(nameof(Transformer))
    {
        Configuration = configuration;
        Dtype = dtype;
        if (configuration.Encoder is { } encoder)
        {
            register_module("encoder", _encoder = new Stack(encoder, dtype));
        }

        _stack = new Stack(configuration.Stack, dtype, _encoder?.Words);
        register_module(_encoder is null ? "stack" : "decoder", _stack);
        if (configuration.Head is { } head)
        {
            var width = configuration.Stack.OutputWidth ?? configuration.Stack.Width;
            register_module("head", _head = new Head(head, width, _stack.Words, dtype));
        }

        eval();
    }

    /// <summary>The model types of config.json that <see cref="Load"/> knows.</summary>
    public static IReadOnlyList<string> ModelTypes => [.. KnownBrands.All.SelectMany(brand => brand.ModelTypes)];

    /// <summary>The architectures of GGUF files that <see cref="Load"/> knows.</summary>
    public static IReadOnlyList<string> GgufArchitectures => [.. GgufArchitecture.All.Keys];

    /// <summary>How the model is built.</summary>
    public TransformerConfiguration Configuration { get; }

    /// <summary>The element type of the parameters.</summary>
    public ScalarType Dtype { get; }

    /// <summary>What has the weights of linear layers that are not filled; null for none.</summary>
    internal IDisposable? Weights { get; init; }

    /// <summary>The stacks with embeddings of their own; the first reads the text.</summary>
    internal IReadOnlyList<Stack> Stacks => _encoder is null ? [_stack] : [_encoder, _stack];

    /// <summary>The last module that mixes features, with its name.</summary>
    internal (string Name, nn.Module Module) LastModule =>
        _head is not null ? ("head.output", _head.Output) : Named(_stack.LastModule);

    /// <summary>The name of the soft cap behind the output layer; null where there is none.</summary>
    internal string? OutputCapName => _head?.Cap is null ? null : "head.cap";

    /// <summary>
    /// Loads a model from a folder of the Hugging Face hub: <c>config.json</c> with <c>model.safetensors</c>, or with
    /// the shards that <c>model.safetensors.index.json</c> lists. Or from a GGUF file of llama.cpp.
    /// </summary>
    /// <param name="folder">The folder, or the path of the GGUF file.</param>
    /// <param name="dtype">
    /// The element type of the parameters; null for float32, or for float64 where the checkpoint has that. bfloat16
    /// takes half the memory, with one or two digits of relevance, and is slow on processors without instructions for
    /// it.
    /// </param>
    /// <param name="keepQuantized">
    /// Whether the linear layers of a GGUF file leave their weights in it, as they are, until they run: the model then
    /// takes the memory of one layer's weights, and the file stays open. One thread at a time can use such a model.
    /// </param>
    /// <returns>The model, in evaluation mode; the caller disposes it.</returns>
    /// <exception cref="IOException">The folder or its config.json is missing.</exception>
    /// <exception cref="NotSupportedException">
    /// The architecture is not known, or uses something that is not; the message lists what is.
    /// </exception>
    /// <exception cref="GgufException">
    /// The GGUF file is damaged, is no model, or is one that is not supported.
    /// </exception>
    /// <exception cref="FormatException">
    /// A file with weights is missing or damaged, or tensors are missing, unexpected or of another shape; the message
    /// names all of them.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="keepQuantized"/> is asked for a folder.</exception>
    public static Transformer Load(string folder, ScalarType? dtype = null, bool keepQuantized = false)
    {
        ThrowUnlessFloating(dtype);
        if (File.Exists(folder))
        {
            TransformerFile.ThrowIfPart(folder);
            return TransformerFile.Load(folder, dtype, keepQuantized);
        }

        ThrowIfQuantized(folder, keepQuantized);
        return TransformerFolder.Read(folder).Load(dtype);
    }

    /// <summary>Creates a model with random weights, for tests and examples.</summary>
    /// <param name="configuration">How it is built.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    /// <param name="deviation">The standard deviation of the weights of linear layers and tables.</param>
    /// <returns>The model, in evaluation mode; the caller disposes it.</returns>
    public static Transformer Random(
        TransformerConfiguration configuration,
        ScalarType dtype = ScalarType.Float32,
        double deviation = 0.02
    )
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var model = new Transformer(configuration, dtype);
        using var grad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (parameter.dim() > 1)
            {
                parameter.normal_(0, deviation);
            }
            else if (name.EndsWith("bias", StringComparison.Ordinal))
            {
                parameter.zero_();
            }
        }

        return model;
    }

    /// <summary>
    /// Explains one logit of each text; see <see cref="TransformerExplainer"/> for more than one pass.
    /// </summary>
    /// <param name="ids">B × T, int64.</param>
    /// <param name="targets">For each text the place of the logit: [class], or [position, token or class].</param>
    /// <param name="mask">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <param name="positions">B or 1 × T, int64; null to have them counted as the brand does.</param>
    /// <param name="tokenTypes">B × T, int64; null for type 0.</param>
    /// <param name="method">The method.</param>
    /// <param name="form">What travels backward; relevance is the same.</param>
    /// <returns>The relevance; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">A shape, an element type, an id or a target does not fit.</exception>
    public TokenRelevance Explain(
        Tensor ids,
        IReadOnlyList<IReadOnlyList<long>> targets,
        Tensor? mask = null,
        Tensor? positions = null,
        Tensor? tokenTypes = null,
        RelevanceMethod method = RelevanceMethod.AttnLrp,
        RelevanceForm form = RelevanceForm.Efficient
    )
    {
        using var explainer = new TransformerExplainer(this, method, form);
        using var pass = explainer.Run(ids, mask, positions, tokenTypes);
        return pass.Explain(targets);
    }

    /// <summary>Creates a model with random weights as a folder's <c>config.json</c> describes it.</summary>
    /// <param name="folder">The folder; it needs no weights.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    /// <param name="deviation">The standard deviation of the weights of linear layers and tables.</param>
    /// <returns>The model, in evaluation mode; the caller disposes it.</returns>
    /// <exception cref="IOException">The folder or its config.json is missing.</exception>
    /// <exception cref="NotSupportedException">The architecture is not known; the message lists what is.</exception>
    /// <exception cref="FormatException">config.json is damaged.</exception>
    public static Transformer Random(string folder, ScalarType dtype = ScalarType.Float32, double deviation = 0.02) =>
        Random(TransformerFolder.Read(folder).Configuration, dtype, deviation);

    /// <summary>The logits of token ids, or the states of a model without a head.</summary>
    /// <param name="ids">B × T, int64.</param>
    /// <param name="mask">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <param name="positions">B or 1 × T, int64; null to have them counted as the brand does.</param>
    /// <param name="tokenTypes">B × T, int64; null for type 0, and for models that have none.</param>
    /// <returns>The shape that <see cref="TransformerTask"/> says.</returns>
    /// <exception cref="ArgumentException">A shape, an element type or an id does not fit.</exception>
    public override Tensor forward(Tensor ids, Tensor? mask, Tensor? positions, Tensor? tokenTypes)
    {
        InputChecks.Check(Configuration, ids, mask, positions, tokenTypes);
        using var scope = NewDisposeScope();
        Tensor states;
        if (_encoder is null)
        {
            var inputs = new StackInputs
            {
                Mask = mask,
                Positions = positions,
                Types = tokenTypes,
            };
            states = _stack.call(ids, inputs);
        }
        else
        {
            var memory = _encoder.call(ids, new StackInputs { Mask = mask, Positions = positions });
            states = _stack.call(DecoderIds(ids), new StackInputs { Memory = memory, MemoryMask = mask });
        }

        var logits = _head is null ? states : _head.call(states, mask, Places(ids, mask));
        return logits.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Weights?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <exception cref="ArgumentException">A folder is to keep weights quantized.</exception>
    internal static void ThrowIfQuantized(string folder, bool keepQuantized)
    {
        if (keepQuantized)
        {
            throw new ArgumentException(
                $"'{folder}' is no GGUF file; only these keep weights quantized.",
                nameof(keepQuantized)
            );
        }
    }

    /// <exception cref="ArgumentException">No model computes in the element type.</exception>
    internal static void ThrowUnlessFloating(ScalarType? dtype)
    {
        if (dtype is { } asked && !IsFloating(asked))
        {
            throw new ArgumentException(
                $"A model computes in Float16, BFloat16, Float32 or Float64, and not in {asked}.",
                nameof(dtype)
            );
        }
    }

    internal static bool IsFloating(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    private (string Name, nn.Module Module) Named(nn.Module module) =>
        ModuleTree.Walk(this).First(entry => ReferenceEquals(entry.Module, module));

    /// <summary>The decoder's ids: the text, one place later, behind the id that starts a decoder.</summary>
    private Tensor DecoderIds(Tensor ids)
    {
        var start = Configuration.DecoderStartId!.Value;
        return cat([full_like(ids.narrow(1, 0, 1), start), ids.narrow(1, 0, ids.shape[1] - 1)], 1);
    }

    /// <summary>Of each text the token whose states a head reads that reads the last one.</summary>
    private Tensor Places(Tensor ids, Tensor? mask)
    {
        var meant = Configuration.Head!.Pooling switch
        {
            Pooling.EndOfText => Ends(ids),
            Pooling.Last => NoPadding(ids, mask),
            _ => ones_like(ids),
        };
        var length = ids.shape[1];
        var place = arange(length, dtype: ScalarType.Int64, device: ids.device).mul(meant.to_type(ScalarType.Int64));
        return place.amax([1]);
    }

    /// <summary>Where texts end; each has to end.</summary>
    private Tensor Ends(Tensor ids)
    {
        var end = Configuration.EndOfTextId!.Value;
        var ends = ids.eq(end);
        return ends.any(1).all().item<bool>()
            ? ends
            : throw new ArgumentException(
                $"A text has no token {end}, at which this {Configuration.ModelType} reads the class of a text: encode "
                    + "the texts with special tokens.",
                nameof(ids)
            );
    }

    /// <summary>What neither the mask nor its id makes padding.</summary>
    private Tensor NoPadding(Tensor ids, Tensor? mask)
    {
        var kept = mask?.ne(0) ?? ones_like(ids).to_type(ScalarType.Bool);
        return Configuration.Stack.PaddingId is { } padding ? kept.logical_and(ids.ne(padding)) : kept;
    }
}
