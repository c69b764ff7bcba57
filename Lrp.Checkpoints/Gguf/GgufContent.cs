namespace Lrp.Checkpoints.Gguf;

/// <summary>What a file says before its tensors' values.</summary>
/// <param name="Version">The version of the format.</param>
/// <param name="Alignment">The multiple of bytes at which a tensor begins.</param>
/// <param name="Metadata">The values, by key, in the order of the file.</param>
/// <param name="Tensors">The tensors, in the order of the file.</param>
internal sealed record GgufContent(
    uint Version,
    long Alignment,
    IReadOnlyDictionary<string, object> Metadata,
    IReadOnlyList<GgufTensor> Tensors
);
