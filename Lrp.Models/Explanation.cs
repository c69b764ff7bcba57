using Lrp.Models.Explanations;
using Lrp.Models.Transformers;

namespace Lrp.Models;

/// <summary>Why a language model said something about a text: to be looked at, saved, or computed with.</summary>
/// <remarks>Dispose it to free its tensors; <see cref="Text"/> stays valid.</remarks>
public sealed class Explanation : IDisposable
{
    internal Explanation(TextExplanation text, TokenRelevance tensors)
    {
        Text = text;
        Tensors = tensors;
    }

    /// <summary>Tokens with their relevance, layers, heads and experts, without tensors.</summary>
    public TextExplanation Text { get; }

    /// <summary>The relevance of each feature of each token, and all the rest, as tensors.</summary>
    public TokenRelevance Tensors { get; }

    /// <summary>The relevance of each token.</summary>
    public IReadOnlyList<double> Relevance => Text.Relevance;

    /// <summary>The value that is explained; relevance sums to it, except for what biases and softmax took.</summary>
    public double Score => Text.Score;

    /// <summary>Saves a page (.html), a picture (.png), numbers (.json) or plain text (.txt).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The ending is none of these.</exception>
    public void Save(string path) => Text.Save(path);

    /// <summary>The text with its relevance in colours, for a terminal.</summary>
    public override string ToString() => Text.ToTerminal();

    /// <summary>Frees the tensors.</summary>
    public void Dispose() => Tensors.Dispose();
}
