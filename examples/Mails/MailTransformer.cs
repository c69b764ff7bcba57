using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mails;

/// <summary>A transformer of two blocks that normalize first; the mean of its states is classified.</summary>
public sealed class MailTransformer : MailNetwork
{
    private readonly Parameter positions;
    private readonly Sequential blocks;
    private readonly LayerNorm norm;
    private readonly Linear classifier;

    /// <summary>A network with random weights.</summary>
    /// <param name="words">How many numbers of words there are.</param>
    public MailTransformer(int words)
        : base(nameof(MailTransformer), words)
    {
        positions = nn.Parameter(randn(Longest, Width) * 0.02);
        blocks = nn.Sequential(new TransformerBlock(Width, heads: 4), new TransformerBlock(Width, heads: 4));
        norm = nn.LayerNorm(Width);
        classifier = nn.Linear(Width, Labels.Count);
        RegisterComponents();
    }

    /// <summary>The network with the weights that <c>examples/TrainText</c> found, ready to predict.</summary>
    /// <param name="dtype">The element type of the weights.</param>
    public static MailTransformer Pretrained(ScalarType dtype = ScalarType.Float32) => Pretrained(new MailTransformer(Vocabulary.Load().Count), "mail-transformer.safetensors", dtype);

    /// <inheritdoc/>
    protected override Tensor Classify(Tensor words)
    {
        Tensor states = blocks.call(words + positions.narrow(0, 0, words.shape[1]));
        return classifier.call(norm.call(states).mean([1]));
    }
}

/// <summary>Self-attention and two layers for each word, both added to what came in: (N, L, width) to the same.</summary>
public sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm attentionNorm;
    private readonly SelfAttention attention;
    private readonly LayerNorm wordNorm;
    private readonly Linear inner;
    private readonly Linear outer;

    /// <summary>A block with random weights.</summary>
    /// <param name="width">The size of a word's vector.</param>
    /// <param name="heads">How many heads attend.</param>
    public TransformerBlock(int width, int heads)
        : base(nameof(TransformerBlock))
    {
        attentionNorm = nn.LayerNorm(width);
        attention = new SelfAttention(width, heads);
        wordNorm = nn.LayerNorm(width);
        inner = nn.Linear(width, 2 * width);
        outer = nn.Linear(2 * width, width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        Tensor attended = input + attention.call(attentionNorm.call(input));
        return attended + outer.call(nn.functional.gelu(inner.call(wordNorm.call(attended))));
    }
}

/// <summary>Scaled dot-product attention of every word to every word (Vaswani et al. 2017), written out: (N, L, width) to the same.</summary>
public sealed class SelfAttention : nn.Module<Tensor, Tensor>
{
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;
    private readonly int heads;

    /// <summary>Attention with random weights.</summary>
    /// <param name="width">The size of a word's vector.</param>
    /// <param name="heads">How many heads attend; they divide the width.</param>
    public SelfAttention(int width, int heads)
        : base(nameof(SelfAttention))
    {
        this.heads = heads;
        query = nn.Linear(width, width);
        key = nn.Linear(width, width);
        value = nn.Linear(width, width);
        output = nn.Linear(width, width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        (long samples, long length, long width) = (input.shape[0], input.shape[1], input.shape[2]);
        long size = width / heads;
        Tensor scores = Heads(query).matmul(Heads(key).transpose(2, 3)) / Math.Sqrt(size);
        Tensor attended = scores.softmax(-1).matmul(Heads(value));
        return output.call(attended.transpose(1, 2).reshape(samples, length, width));

        // (N, heads, L, size)
        Tensor Heads(Linear projection) => projection.call(input).reshape(samples, length, heads, size).transpose(1, 2);
    }
}
