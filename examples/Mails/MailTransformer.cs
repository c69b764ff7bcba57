using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Mails;

/// <summary>A transformer of two pre-norm blocks that classifies the mean of its states.</summary>
public sealed class MailTransformer : MailNetwork
{
    [ComponentName(Name = "positions")]
    private readonly Parameter _positions;

    [ComponentName(Name = "blocks")]
    private readonly Sequential _blocks;

    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;

    [ComponentName(Name = "classifier")]
    private readonly Linear _classifier;

    /// <summary>Creates a network with random weights.</summary>
    /// <param name="words">The number of word ids.</param>
    public MailTransformer(int words)
        : base(nameof(MailTransformer), words)
    {
        _positions = nn.Parameter(randn(Longest, Width) * 0.02);
        _blocks = nn.Sequential(new TransformerBlock(Width, heads: 4), new TransformerBlock(Width, heads: 4));
        _norm = nn.LayerNorm(Width);
        _classifier = nn.Linear(Width, Labels.Count);
        RegisterComponents();
    }

    /// <summary>
    /// Creates the network with the weights that <c>examples/TrainText</c> trained, in evaluation mode.
    /// </summary>
    /// <param name="dtype">The element type of the weights.</param>
    public static MailTransformer Pretrained(ScalarType dtype = ScalarType.Float32) =>
        Pretrained(new MailTransformer(Vocabulary.Load().Count), "mail-transformer.safetensors", dtype);

    /// <inheritdoc/>
    protected override Tensor Classify(Tensor words)
    {
        var states = _blocks.call(words + _positions.narrow(0, 0, words.shape[1]));
        return _classifier.call(_norm.call(states).mean([1]));
    }
}

/// <summary>
/// A transformer block: self-attention, then two linear layers for each word, each with a residual connection; from (N,
/// L, width) to the same shape.
/// </summary>
public sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "attentionNorm")]
    private readonly LayerNorm _attentionNorm;

    [ComponentName(Name = "attention")]
    private readonly SelfAttention _attention;

    [ComponentName(Name = "wordNorm")]
    private readonly LayerNorm _wordNorm;

    [ComponentName(Name = "inner")]
    private readonly Linear _inner;

    [ComponentName(Name = "outer")]
    private readonly Linear _outer;

    /// <summary>Creates a block with random weights.</summary>
    /// <param name="width">The size of a word's vector.</param>
    /// <param name="heads">The number of attention heads.</param>
    public TransformerBlock(int width, int heads)
        : base(nameof(TransformerBlock))
    {
        _attentionNorm = nn.LayerNorm(width);
        _attention = new SelfAttention(width, heads);
        _wordNorm = nn.LayerNorm(width);
        _inner = nn.Linear(width, 2 * width);
        _outer = nn.Linear(2 * width, width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var attended = input + _attention.call(_attentionNorm.call(input));
        return attended + _outer.call(nn.functional.gelu(_inner.call(_wordNorm.call(attended))));
    }
}

/// <summary>
/// Scaled dot-product attention of every word to every word (Vaswani et al. 2017), written with elementary operators;
/// from (N, L, width) to the same shape.
/// </summary>
public sealed class SelfAttention : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "query")]
    private readonly Linear _query;

    [ComponentName(Name = "key")]
    private readonly Linear _key;

    [ComponentName(Name = "value")]
    private readonly Linear _value;

    [ComponentName(Name = "output")]
    private readonly Linear _output;
    private readonly int _heads;

    /// <summary>Creates attention with random weights.</summary>
    /// <param name="width">The size of a word's vector.</param>
    /// <param name="heads">The number of attention heads, a divisor of the width.</param>
    public SelfAttention(int width, int heads)
        : base(nameof(SelfAttention))
    {
        _heads = heads;
        _query = nn.Linear(width, width);
        _key = nn.Linear(width, width);
        _value = nn.Linear(width, width);
        _output = nn.Linear(width, width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var (samples, length, width) = (input.shape[0], input.shape[1], input.shape[2]);
        var size = width / _heads;
        var scores = Heads(_query).matmul(Heads(_key).transpose(2, 3)) / Math.Sqrt(size);
        var attended = scores.softmax(-1).matmul(Heads(_value));
        return _output.call(attended.transpose(1, 2).reshape(samples, length, width));

        // (N, heads, L, size)
        Tensor Heads(Linear projection) =>
            projection.call(input).reshape(samples, length, _heads, size).transpose(1, 2);
    }
}
