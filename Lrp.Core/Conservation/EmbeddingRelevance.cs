using static TorchSharp.torch;

namespace Lrp.Core.Conservation;

/// <summary>
/// The relevance at the output of an embedding, where the relevance of token ids is read: integers have no gradient.
/// </summary>
public sealed class EmbeddingRelevance
{
    /// <summary>Puts together what belongs together.</summary>
    /// <param name="name">The embedding's name.</param>
    /// <param name="ids">The ids.</param>
    /// <param name="relevance">The relevance, in the shape of the ids and one dimension more.</param>
    public EmbeddingRelevance(string name, Tensor ids, Tensor relevance)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(relevance);
        (Name, Ids, Relevance) = (name, ids, relevance);
    }

    /// <summary>
    /// The embedding's name inside the model. It tells apart what was embedded: tokens, positions, token types.
    /// </summary>
    public string Name { get; }

    /// <summary>The ids that were looked up, integers, such as [batch, tokens].</summary>
    public Tensor Ids { get; }

    /// <summary>
    /// One number for each token and dimension, [batch, tokens, dim]. An embedding that all samples share, such as that
    /// of positions, has no dimension for the batch; its relevance is the sum over the samples.
    /// </summary>
    public Tensor Relevance { get; }

    /// <summary>One number for each token: the relevance summed over the dimensions.</summary>
    /// <returns>A new tensor in the shape of the ids; for a bag of tokens one number for each bag.</returns>
    public Tensor Tokens() => Relevance.sum(-1);
}
