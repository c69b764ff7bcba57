using Lrp.Models.Layers;
using Lrp.Models.Vision.Parts;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>ViT (Dosovitskiy et al. 2021) and DeiT (Touvron et al. 2021).</summary>
/// <remarks>
/// The state dict has torchvision's names. <see cref="Load"/> reads a folder of the Hugging Face hub, whose names it
/// translates. The relevance of a head is that of the output of its attention:
/// <c>registration.Record("encoder.layers.encoder_layer_0.self_attention.attention.values")</c>, samples × heads ×
/// positions × features of a head.
/// </remarks>
public sealed class VisionTransformer : VisionNetwork
{
    private readonly VisionTransformerOptions _options;

    [ComponentName(Name = "class_token")]
    private readonly Parameter _classToken;

    [ComponentName(Name = "distillation_token")]
    private readonly Parameter? _distillationToken;

    [ComponentName(Name = "conv_proj")]
    private readonly Conv2d _patches;

    [ComponentName(Name = "tokens")]
    private readonly Rules.Modules.Cat _tokens = new(1);

    [ComponentName(Name = "encoder")]
    private readonly Encoder _encoder;

    [ComponentName(Name = "heads")]
    private readonly Sequential _heads;

    [ComponentName(Name = "distillation_head")]
    private readonly Linear? _distillationHead;

    [ComponentName(Name = "heads_add")]
    private readonly Rules.Modules.Add? _headsAdd;

    [ComponentName(Name = "heads_mean")]
    private readonly Rules.Modules.Scale? _headsMean;

    /// <summary>Creates the network.</summary>
    /// <param name="options">Its sizes.</param>
    /// <exception cref="ArgumentException">
    /// The sizes do not fit together, or the activation is not known; the message says how.
    /// </exception>
    public VisionTransformer(VisionTransformerOptions options)
        : base(nameof(VisionTransformer))
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfInconsistent(options);
        _options = options;
        var features = options.HiddenSize;
        _classToken = new Parameter(zeros(1, 1, features));
        _distillationToken = options.DistillationToken ? new Parameter(zeros(1, 1, features)) : null;
        _patches = nn.Conv2d(options.Channels, features, options.PatchSize, options.PatchSize);
        var side = options.ImageSize / options.PatchSize;
        var positions = side * side + (options.DistillationToken ? 2 : 1);
        _encoder = new Encoder(positions, features, options.NormEps, Enumerable.Range(0, options.Layers).Select(Block));
        _heads = options.RepresentationSize is { } size
            ? nn.Sequential(
                ("pre_logits", nn.Linear(features, size)),
                ("act", nn.Tanh()),
                ("head", nn.Linear(size, options.Classes))
            )
            : nn.Sequential(("head", nn.Linear(features, options.Classes)));
        if (options.DistillationClassifier)
        {
            _distillationHead = nn.Linear(features, options.Classes);
            _headsAdd = new Rules.Modules.Add { OnlyWhileRegistered = true };
            _headsMean = new Rules.Modules.Scale(0.5);
        }

        RegisterComponents();
        RegisterEnds();
    }

    /// <summary>The names of the classes, where the folder that was loaded has them.</summary>
    public IReadOnlyList<string> Labels { get; internal init; } = [];

    /// <summary>The height and the width of the images that it takes.</summary>
    public long ImageSize => _options.ImageSize;

    private protected override long Channels => _options.Channels;

    /// <summary>
    /// Loads a folder as the Hugging Face hub has it: <c>config.json</c> of a ViT or DeiT for image classification, and
    /// <c>model.safetensors</c>.
    /// </summary>
    /// <param name="folder">The folder's path.</param>
    /// <param name="dtype">The element type of the weights; they are converted.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="FileNotFoundException">A file is missing; the message says which.</exception>
    /// <exception cref="NotSupportedException">The architecture, or a value in the configuration, is not
    /// known.</exception>
    /// <exception cref="Checkpoints.CheckpointException">
    /// The weights do not fit the configuration; the message lists names and shapes.
    /// </exception>
    public static VisionTransformer Load(string folder, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return VisionTransformerFolder.Load(folder, dtype);
    }

    private protected override void ThrowIfUnfit(long height, long width)
    {
        if (height != _options.ImageSize || width != _options.ImageSize)
        {
            throw new ArgumentException(
                $"This vision transformer has positions for images of {_options.ImageSize} × {_options.ImageSize}, and "
                    + $"these are {height} × {width}; resize them."
            );
        }
    }

    private protected override Tensor Scores(Tensor images)
    {
        var samples = images.shape[0];
        var patches = _patches.call(images).flatten(2).transpose(1, 2);
        var first = _classToken.expand(samples, -1, -1);
        if (_distillationToken is not null)
        {
            first = cat([first, _distillationToken.expand(samples, -1, -1)], 1);
        }

        var encoded = _encoder.call(_tokens.call(first, patches));
        var scores = _heads.call(encoded.select(1, 0));
        return _distillationHead is null || _headsAdd is null || _headsMean is null
            ? scores
            : _headsMean.call(_headsAdd.call(scores, _distillationHead.call(encoded.select(1, 1))));
    }

    private EncoderBlock Block(int k) =>
        new(
            _options.HiddenSize,
            _options.MlpSize,
            _options.NormEps,
            _options.SeparateProjections
                ? new SeparateAttention(_options.HiddenSize, _options.Heads, _options.ProjectionBias)
                : new PackedAttention(_options.HiddenSize, _options.Heads),
            () => Activations.Create(_options.Activation)
        );

    private static void ThrowIfInconsistent(VisionTransformerOptions options)
    {
        if (options.ImageSize % options.PatchSize != 0)
        {
            throw new ArgumentException(
                $"Images of {options.ImageSize} × {options.ImageSize} cannot be divided into patches of "
                    + $"{options.PatchSize} × {options.PatchSize}."
            );
        }

        if (options.HiddenSize % options.Heads != 0)
        {
            throw new ArgumentException(
                $"{options.HiddenSize} features cannot be divided among {options.Heads} heads."
            );
        }

        Activations.Create(options.Activation).Dispose();

        if (options is { DistillationClassifier: true, DistillationToken: false })
        {
            throw new ArgumentException("A classifier of the distillation token needs that token.");
        }
    }
}
