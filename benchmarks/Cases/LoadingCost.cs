using Lrp.Checkpoints;
using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>The cost of loading a checkpoint of 135 million parameters, relative to reading its file.</summary>
internal sealed class LoadingCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "reading the file";

    private const string Network = "llama-0.1B";

    /// <summary>A module of a block here, and what a LLaMA's checkpoint calls it.</summary>
    private static readonly IReadOnlyList<(string Here, string There)> Names =
    [
        ("stack.embeddings.words", "model.embed_tokens"),
        ("stack.blocks.", "model.layers."),
        (".attention_norm", ".input_layernorm"),
        (".attention.query", ".self_attn.q_proj"),
        (".attention.key", ".self_attn.k_proj"),
        (".attention.value", ".self_attn.v_proj"),
        (".attention.output", ".self_attn.o_proj"),
        (".mlp_norm", ".post_attention_layernorm"),
        (".mlp.gate", ".mlp.gate_proj"),
        (".mlp.up", ".mlp.up_proj"),
        (".mlp.down", ".mlp.down_proj"),
        ("stack.final_norm", "model.norm"),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("lrp-").FullName;
    private readonly string _weights;

    public LoadingCost()
    {
        _weights = Path.Combine(_folder, "model.safetensors");
        File.WriteAllText(Path.Combine(_folder, "config.json"), Transformers.Configurations[Network]);

        using var model = Transformers.Create(Network, ScalarType.BFloat16);
        SafetensorsFile.Save(
            _weights,
            model
                .named_parameters()
                .Where(entry => entry.name.StartsWith("stack.", StringComparison.Ordinal))
                .Select(entry => KeyValuePair.Create(Named(entry.name), (Tensor)entry.parameter))
        );
    }

    public Visit Open(string name) => new(name == Plain ? Read : Load);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Named(string name) =>
        Names.Aggregate(name, (text, pair) => text.Replace(pair.Here, pair.There, StringComparison.Ordinal));

    private void Read() => _ = File.ReadAllBytes(_weights).Length;

    private void Load() => Transformer.Load(_folder).Dispose();
}
