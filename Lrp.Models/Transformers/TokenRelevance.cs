using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>
/// Why a model said what it said: relevance of tokens, blocks, heads and experts. The tensors belong to it.
/// </summary>
public sealed class TokenRelevance : IDisposable
{
    internal TokenRelevance(Tensor explained, IReadOnlyList<StackRelevance> stacks)
    {
        Explained = explained;
        Text = stacks[0];
        Decoder = stacks.Count > 1 ? stacks[1] : null;
    }

    /// <summary>The value that is explained, one for each text, B.</summary>
    public Tensor Explained { get; }

    /// <summary>Relevance in the stack that reads the text.</summary>
    public StackRelevance Text { get; }

    /// <summary>Relevance in the decoder that reads an encoder; null where there is only one stack.</summary>
    public StackRelevance? Decoder { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Explained.Dispose();
        Text.Dispose();
        Decoder?.Dispose();
    }
}
