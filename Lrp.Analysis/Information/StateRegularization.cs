using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Information;

/// <summary>How much each entry of a hidden state varies between inputs, by which the loss measures its change.</summary>
public static class StateRegularization
{
    /// <summary>The standard deviation of Φ over sentences (of the population: divided by n).</summary>
    /// <param name="sentences">Embeddings, (words, dimensions) each; they may differ in length.</param>
    /// <param name="state">Φ.</param>
    /// <param name="reducedAxes">Axes of one sentence's state, such as that of the words, to take the mean over first.</param>
    /// <param name="batchSize">Sentences of the same length that go through Φ at once.</param>
    /// <returns>A tensor of the state's shape, reduced axes being 1.</returns>
    /// <exception cref="ArgumentException">There are fewer than two sentences, or their states differ in shape.</exception>
    public static Tensor Calculate(IReadOnlyList<Tensor> sentences, HiddenState state, IReadOnlyList<long>? reducedAxes = null, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (sentences.Count < 2)
        {
            throw new ArgumentException($"A standard deviation needs at least two sentences; there are {sentences.Count}.");
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var states = new List<Tensor>();
        foreach (Tensor[] batch in sentences.GroupBy(sentence => sentence.shape[0]).SelectMany(group => group.Chunk(batchSize)))
        {
            using var inner = NewDisposeScope();
            Tensor reached = state.States(stack(batch)).to(ScalarType.Float64);
            if (reducedAxes is { Count: > 0 })
            {
                reached = reached.mean([.. reducedAxes.Select(axis => Axis(axis, reached.dim()))], keepdim: true);
            }

            states.Add(reached.MoveToOuterDisposeScope());
        }

        long[] shape = states[0].shape[1..];
        if (states.Find(part => !part.shape[1..].SequenceEqual(shape)) is { } other)
        {
            throw new ArgumentException(
                $"States of different sentences are ({string.Join(", ", shape)}) and ({string.Join(", ", other.shape[1..])}); name the axis that varies in reducedAxes.");
        }

        return cat(states).std(0L, unbiased: false).MoveToOuterDisposeScope();
    }

    private static long Axis(long axis, long dimensions) => axis >= 0 && axis < dimensions - 1
        ? axis + 1
        : throw new ArgumentException($"Axis {axis} is reduced, but a sentence's state has {dimensions - 1} axes.");
}
