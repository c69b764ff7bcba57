using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mails;

/// <summary>Self-attention and a rectified layer, each added to what it reads and normalized: (mails, words, width) to the same.</summary>
public sealed class AttentionBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>Numbers a word.</summary>
    public const long Width = 32;

    private const long Heads = 4;
    private readonly Linear queries = nn.Linear(Width, Width);
    private readonly Linear keys = nn.Linear(Width, Width);
    private readonly Linear values = nn.Linear(Width, Width);
    private readonly Linear mixed = nn.Linear(Width, Width);
    private readonly LayerNorm attended = nn.LayerNorm(Width);
    private readonly Linear wide = nn.Linear(Width, 2 * Width);
    private readonly Linear narrow = nn.Linear(2 * Width, Width);
    private readonly LayerNorm normal = nn.LayerNorm(Width);

    /// <summary>A block with random weights.</summary>
    public AttentionBlock()
        : base(nameof(AttentionBlock)) => RegisterComponents();

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        Tensor Apart(Tensor t) => t.reshape(t.shape[0], t.shape[1], Heads, -1).transpose(1, 2);
        Tensor heads = nn.functional.scaled_dot_product_attention(
            Apart(queries.call(input)), Apart(keys.call(input)), Apart(values.call(input)));
        Tensor joined = mixed.call(heads.transpose(1, 2).reshape(input.shape));
        Tensor words = attended.call(input + joined);
        return normal.call(words + narrow.call(nn.functional.relu(wide.call(words))));
    }
}
