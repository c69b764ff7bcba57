using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>Removes neurons from activations, or sets them to zero.</summary>
public static class Ablate
{
    /// <summary>Keeps the columns of some neurons, in the given order. Train a new probe on the result.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="neurons">The neurons to keep.</param>
    /// <returns>(rows, neurons kept).</returns>
    public static Tensor Keep(Tensor activations, IReadOnlyList<long> neurons)
    {
        using var scope = NewDisposeScope();
        return activations
            .index_select(1, Index(activations, NeuronList.Check(neurons, Columns(activations))))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Removes the columns of some neurons. Train a new probe on the result.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="neurons">The neurons to remove.</param>
    /// <returns>(rows, neurons left).</returns>
    public static Tensor Remove(Tensor activations, IReadOnlyList<long> neurons) =>
        Keep(activations, Others(activations, neurons));

    /// <summary>Sets all neurons except some to zero, for a probe that was trained on all neurons.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="neurons">The neurons to keep.</param>
    /// <returns>(rows, neurons), a copy.</returns>
    public static Tensor ZeroAllBut(Tensor activations, IReadOnlyList<long> neurons) =>
        Zero(activations, Others(activations, neurons));

    /// <summary>Sets some neurons to zero, for a probe that was trained on all neurons.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="neurons">The neurons to set to zero; if there are none, the result is a plain copy.</param>
    /// <returns>(rows, neurons), a copy.</returns>
    public static Tensor Zero(Tensor activations, IReadOnlyList<long> neurons)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var mask = ones([1, Columns(activations)], dtype: activations.dtype, device: activations.device);
        if (neurons.Count > 0)
        {
            mask.index_fill_(1, Index(activations, NeuronList.Check(neurons, Columns(activations))), 0);
        }

        return (activations * mask).MoveToOuterDisposeScope();
    }

    private static long[] Others(Tensor activations, IReadOnlyList<long> neurons)
    {
        var named = NeuronList.Check(neurons, Columns(activations)).ToHashSet();
        return
        [
            .. Enumerable
                .Range(0, (int)Columns(activations))
                .Select(index => (long)index)
                .Where(index => !named.Contains(index)),
        ];
    }

    private static long Columns(Tensor activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        return activations.dim() == 2
            ? activations.shape[1]
            : throw new ArgumentException(
                $"Activations must be (rows, neurons); these are ({string.Join(", ", activations.shape)})."
            );
    }

    private static Tensor Index(Tensor activations, long[] neurons) =>
        tensor(neurons, dtype: ScalarType.Int64).to(activations.device);
}
