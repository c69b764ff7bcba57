using static TorchSharp.torch;

namespace Lrp.Analysis.Information;

/// <summary>
/// Measures how much each entry of a hidden state varies between inputs. The loss divides the state's change by it.
/// </summary>
public static class StateRegularization
{
    /// <summary>Calculates the standard deviation of Φ over sentences (of the population: divided by n).</summary>
    /// <param name="sentences">The embeddings of each sentence, (words, dimensions); the lengths may differ.</param>
    /// <param name="state">Φ.</param>
    /// <param name="reducedAxes">
    /// Axes of one sentence's state, for example the axis of the words, over which the mean is taken first.
    /// </param>
    /// <param name="batchSize">How many sentences of the same length go through Φ at once.</param>
    /// <returns>A tensor of the state's shape, where reduced axes have size 1.</returns>
    /// <exception cref="ArgumentException">
    /// There are fewer than two sentences, or their states differ in shape.
    /// </exception>
    public static Tensor Calculate(
        IReadOnlyList<Tensor> sentences,
        HiddenState state,
        IReadOnlyList<long>? reducedAxes = null,
        int batchSize = 32
    )
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (sentences.Count < 2)
        {
            throw new ArgumentException(
                $"A standard deviation needs at least two sentences; there are {sentences.Count}."
            );
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var states = new List<Tensor>();
        foreach (
            var batch in sentences.GroupBy(sentence => sentence.shape[0]).SelectMany(group => group.Chunk(batchSize))
        )
        {
            using var inner = NewDisposeScope();
            var reached = state.States(stack(batch)).to(ScalarType.Float64);
            if (reducedAxes is { Count: > 0 })
            {
                reached = reached.mean([.. reducedAxes.Select(axis => Axis(axis, reached.dim()))], keepdim: true);
            }

            states.Add(reached.MoveToOuterDisposeScope());
        }

        var shape = states[0].shape[1..];
        if (states.Find(part => !part.shape[1..].SequenceEqual(shape)) is { } other)
        {
            throw new ArgumentException(
                $"The states of the sentences differ in shape: ({string.Join(", ", shape)}) and "
                    + $"({string.Join(", ", other.shape[1..])}); add the axis that varies to reducedAxes."
            );
        }

        return cat(states).std(0L, unbiased: false).MoveToOuterDisposeScope();
    }

    private static long Axis(long axis, long dimensions) =>
        axis >= 0 && axis < dimensions - 1
            ? axis + 1
            : throw new ArgumentException(
                $"There is no axis {axis} to reduce: a sentence's state has {dimensions - 1} axes."
            );
}
