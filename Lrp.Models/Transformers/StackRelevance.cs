using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>Relevance in one stack. The tensors belong to it.</summary>
public sealed class StackRelevance : IDisposable
{
    internal StackRelevance(Tensor relevance)
    {
        Relevance = relevance;
        Tokens = relevance.sum(-1).DetachFromDisposeScope();
    }

    /// <summary>Relevance of each feature of the words' vectors, B × T × D.</summary>
    public Tensor Relevance { get; }

    /// <summary>Relevance of each token, B × T.</summary>
    public Tensor Tokens { get; }

    /// <summary>
    /// Relevance of each token at the input of each block, and last before the norm behind the last block, or where
    /// there is none at that block's output; B × T each. Where passes share blocks, one for each pass.
    /// </summary>
    public IReadOnlyList<Tensor> Latents { get; internal init; } = [];

    /// <summary>
    /// Relevance of each head at each token, at what the head has read: attention's weights times values; B × H × T,
    /// one tensor for each block that ran.
    /// </summary>
    public IReadOnlyList<Tensor> Heads { get; internal init; } = [];

    /// <summary>The same for the heads that read an encoder; empty where there is none.</summary>
    public IReadOnlyList<Tensor> CrossHeads { get; internal init; } = [];

    /// <summary>
    /// Relevance of each expert for each token, at its weighted output, B × T × E; one tensor for each block that has
    /// experts, by the number of the block.
    /// </summary>
    public IReadOnlyDictionary<int, Tensor> Experts { get; internal init; } = new Dictionary<int, Tensor>();

    /// <summary>
    /// Relevance of each neuron at each token, between the two linear layers of an MLP, B × T × N; one tensor for each
    /// block that has an MLP, by the number of the block. Where passes share blocks, the sum over the passes.
    /// </summary>
    public IReadOnlyDictionary<int, Tensor> Neurons { get; internal init; } = new Dictionary<int, Tensor>();

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Relevance.Dispose();
        Tokens.Dispose();
        foreach (var tensor in Latents.Concat(Heads).Concat(CrossHeads).Concat(Experts.Values).Concat(Neurons.Values))
        {
            tensor.Dispose();
        }
    }
}
