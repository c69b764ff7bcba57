using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The relevance of one input of a model.</summary>
/// <param name="name">The input's name.</param>
/// <param name="argument">The position of the argument.</param>
/// <param name="relevance">The relevance.</param>
/// <param name="ids">What an embedding looked up; null for an input of numbers.</param>
public sealed class InputRelevance(string name, int argument, Tensor relevance, Tensor? ids = null)
{
    /// <summary>
    /// The name that the argument was given, or its position; for token ids the name of the embedding in the model.
    /// </summary>
    public string Name => name;

    /// <summary>The position of the argument that the model was given.</summary>
    public int Argument => argument;

    /// <summary>The relevance, in the input's shape; for token ids in the shape of the embedded tokens.</summary>
    public Tensor Relevance => relevance;

    /// <summary>The token ids that an embedding looked up; null for an input of numbers.</summary>
    public Tensor? Ids => ids;
}
