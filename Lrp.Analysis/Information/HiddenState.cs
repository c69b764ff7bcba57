using static TorchSharp.torch;

namespace Lrp.Analysis.Information;

/// <summary>Φ: a function from the words' embeddings to a hidden state.</summary>
public sealed class HiddenState
{
    private readonly Func<Tensor, Tensor> _function;

    private HiddenState(Func<Tensor, Tensor> function, bool takesBatches)
    {
        _function = function;
        TakesBatches = takesBatches;
    }

    /// <summary>Whether one call of the function accepts several sentences.</summary>
    public bool TakesBatches { get; }

    /// <summary>Creates a Φ from a function of one sentence. It is called once per noise sample and sentence.</summary>
    /// <param name="function">From (words, dimensions) to a state of any shape.</param>
    public static HiddenState OfSentence(Func<Tensor, Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new HiddenState(function, takesBatches: false);
    }

    /// <summary>Creates a Φ from a function of many sentences, which must not mix them.</summary>
    /// <param name="function">
    /// From (n, words, dimensions) to (n, …). With k sentences and m noise samples, n is k·m, where the sentences of
    /// one noise sample follow each other. Without noise, n is k.
    /// </param>
    public static HiddenState OfBatch(Func<Tensor, Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new HiddenState(function, takesBatches: true);
    }

    /// <summary>Computes the states of sentences.</summary>
    /// <param name="embeddings">(n, words, dimensions).</param>
    /// <returns>(n, …).</returns>
    public Tensor States(Tensor embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        if (embeddings.dim() != 3)
        {
            throw new ArgumentException(
                $"Sentences must be (n, words, dimensions); these are ({string.Join(", ", embeddings.shape)})."
            );
        }

        var n = embeddings.shape[0];
        var states = TakesBatches
            ? _function(embeddings)
            : stack([.. Enumerable.Range(0, (int)n).Select(index => _function(embeddings[index]))]);
        return states.dim() > 0 && states.shape[0] == n
            ? states
            : throw new InvalidOperationException(
                $"Φ was given {n} sentences and returned ({string.Join(", ", states.shape)}); its first dimension "
                    + $"must be the sentences. For a Φ of one sentence use {nameof(HiddenState)}.{nameof(OfSentence)}."
            );
    }
}
