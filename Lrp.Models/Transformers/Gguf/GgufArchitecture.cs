using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Gguf;

/// <summary>An architecture of GGUF files: how its stack differs from a LLaMA's, and its tensors.</summary>
/// <param name="Name">Its name in <c>general.architecture</c>.</param>
internal sealed record GgufArchitecture(string Name)
{
    private static readonly IReadOnlyList<TensorName> Shared =
    [
        new("stack.embeddings.words", "token_embd"),
        new("stack.blocks.{k}.attention_norm", "blk.{k}.attn_norm"),
        new("stack.blocks.{k}.attention.output", "blk.{k}.attn_output"),
        new("stack.blocks.{k}.mlp_norm", "blk.{k}.ffn_norm"),
        new("stack.blocks.{k}.mlp.down", "blk.{k}.ffn_down"),
        new("stack.final_norm", "output_norm"),
        new("head.output", "output"),
    ];

    private static readonly IReadOnlyList<TensorName> ValueAndMlp =
    [
        new("stack.blocks.{k}.attention.value", "blk.{k}.attn_v"),
        new("stack.blocks.{k}.mlp.gate", "blk.{k}.ffn_gate"),
        new("stack.blocks.{k}.mlp.up", "blk.{k}.ffn_up"),
    ];

    private static readonly IReadOnlyList<TensorName> Separate =
    [
        .. Shared,
        new("stack.blocks.{k}.attention.query", "blk.{k}.attn_q"),
        new("stack.blocks.{k}.attention.key", "blk.{k}.attn_k"),
        .. ValueAndMlp,
    ];

    private static readonly IReadOnlyList<TensorName> HeadNorms =
    [
        new("stack.blocks.{k}.attention.query_norm", "blk.{k}.attn_q_norm"),
        new("stack.blocks.{k}.attention.key_norm", "blk.{k}.attn_k_norm"),
    ];

    /// <summary>The architectures that are known, by name.</summary>
    public static readonly IReadOnlyDictionary<string, GgufArchitecture> All = new[]
    {
        // llama.cpp turns neighbours of a head's features where the hub's models turn halves, and permutes the rows.
        new GgufArchitecture("llama")
        {
            Names =
            [
                .. Shared,
                new("stack.blocks.{k}.attention.query", "blk.{k}.attn_q", TensorPart.Neighbours),
                new("stack.blocks.{k}.attention.key", "blk.{k}.attn_k", TensorPart.Neighbours),
                .. ValueAndMlp,
            ],
        },
        new GgufArchitecture("qwen2") { Names = Separate },
        new GgufArchitecture("qwen3")
        {
            Names = [.. Separate, .. HeadNorms],
            Change = (stack, _) => stack with { Attention = stack.Attention with { NormalizesQueriesAndKeys = true } },
        },
        new GgufArchitecture("gemma3")
        {
            Names =
            [
                .. Separate,
                .. HeadNorms,
                new("stack.blocks.{k}.attention_last_norm", "blk.{k}.post_attention_norm"),
                new("stack.blocks.{k}.mlp_last_norm", "blk.{k}.post_ffw_norm"),
            ],
            Change = Gemma3,
            SlidingLayers = (keys, layer) => (layer + 1) % keys.Count("attention.sliding_window_pattern", 6) != 0,
        },
        new GgufArchitecture("phi3")
        {
            Names =
            [
                .. Shared,
                new("stack.blocks.{k}.attention.query", "blk.{k}.attn_qkv", TensorPart.Following),
                new("stack.blocks.{k}.attention.key", "blk.{k}.attn_qkv", TensorPart.Following),
                new("stack.blocks.{k}.attention.value", "blk.{k}.attn_qkv", TensorPart.Following),
                new("stack.blocks.{k}.mlp.gate", "blk.{k}.ffn_up", TensorPart.Following),
                new("stack.blocks.{k}.mlp.up", "blk.{k}.ffn_up", TensorPart.Following),
            ],
        },
    }.ToDictionary(architecture => architecture.Name, StringComparer.Ordinal);

    /// <summary>Parts of names of tensors that no parameter is read from.</summary>
    public static readonly IReadOnlyList<string> Unused = ["rope_freqs.", "rope_factors_", "attn_rot_embd."];

    /// <summary>Our names and the file's.</summary>
    public required IReadOnlyList<TensorName> Names { get; init; }

    /// <summary>Makes the stack of a LLaMA this architecture's.</summary>
    public Func<StackConfiguration, GgufKeys, StackConfiguration> Change { get; init; } = (stack, _) => stack;

    /// <summary>The layers, counted from 0, that have the window where the file has one.</summary>
    public Func<GgufKeys, int, bool> SlidingLayers { get; init; } = (_, _) => true;

    // The norms of the file are one more than the hub's, so that they are what multiplies. Of the 62 layers of the
    // largest model llama.cpp knows that its scores have another scale.
    private static StackConfiguration Gemma3(StackConfiguration stack, GgufKeys keys) =>
        stack with
        {
            EmbeddingScale = Math.Sqrt(stack.Width),
            Placement = NormPlacement.Around,
            Mlp = stack.Mlp with { Activation = "gelu_pytorch_tanh" },
            Rotary = stack.Rotary! with { LocalTheta = keys.Positive("rope.freq_base_swa", 10000) },
            Attention = stack.Attention with
            {
                NormalizesQueriesAndKeys = true,
                Scale = stack.Layers == 62 ? 1 / Math.Sqrt((double)stack.Width / stack.Attention.Heads) : null,
            },
        };
}
