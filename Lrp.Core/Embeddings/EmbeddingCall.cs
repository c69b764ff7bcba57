using static TorchSharp.torch;

namespace Lrp.Core.Embeddings;

/// <summary>One call of an embedding while a model runs; its tensors are valid until the answer returns.</summary>
/// <param name="Name">The embedding's name inside the model, <c>model.embed_tokens</c>.</param>
/// <param name="Module">The embedding.</param>
/// <param name="Weight">Its table, of shape [vocabulary, dim].</param>
/// <param name="Ids">The rows that are looked up, integers.</param>
/// <param name="Output">What was found, [the shape of the ids, dim]; of a bag [bags, dim].</param>
/// <param name="IsHooked">Whether the embedding was run by <c>call</c>, so that its hooks run too.</param>
internal sealed record EmbeddingCall(
    string Name,
    nn.Module Module,
    Tensor Weight,
    Tensor Ids,
    Tensor Output,
    bool IsHooked
);
