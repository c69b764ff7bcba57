using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mails;

/// <summary>
/// An embedding with learned positions, two blocks of self-attention with four heads and a rectified layer, the mean over
/// the words, and a linear layer.
/// </summary>
public sealed class MailTransformer : MailNetwork
{
    private readonly Embedding embedding;
    private readonly Embedding position;
    private readonly AttentionBlock first;
    private readonly AttentionBlock second;
    private readonly Linear label;

    /// <summary>A network with random weights.</summary>
    /// <param name="vocabulary">How many word numbers there are.</param>
    public MailTransformer(long vocabulary)
        : base(nameof(MailTransformer))
    {
        embedding = nn.Embedding(vocabulary, AttentionBlock.Width);
        position = nn.Embedding(Longest, AttentionBlock.Width);
        first = new AttentionBlock();
        second = new AttentionBlock();
        label = nn.Linear(AttentionBlock.Width, 2);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string WeightsFile => "mail-transformer.safetensors";

    /// <summary>The trained network.</summary>
    /// <param name="dtype">The element type of the weights.</param>
    public static MailTransformer Pretrained(ScalarType dtype = ScalarType.Float32) =>
        Pretrained(new MailTransformer(Vocabulary.Load().Count), dtype);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        Tensor places = position.call(arange(input.shape[0], ScalarType.Int64, input.device)).unsqueeze(0);
        Tensor words = embedding.call(input).transpose(0, 1) + places;
        return label.call(second.call(first.call(words)).mean([1L]));
    }
}
