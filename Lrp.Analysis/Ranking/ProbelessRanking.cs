using Lrp.Analysis.Probes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>Neurons ranked by how far the classes' mean activations lie apart; nothing is trained.</summary>
/// <remarks>Antverg and Belinkov, "On the pitfalls of analyzing individual neurons in language models", ICLR 2022.</remarks>
public static class ProbelessRanking
{
    /// <summary>All neurons, by the sum over pairs of classes of the distance between their means.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows), class numbers from 0.</param>
    /// <returns>Neurons, the most telling first.</returns>
    public static IReadOnlyList<long> Overall(Tensor activations, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return NeuronOrder.Descending(Distances(activations, labels).sum(0L));
    }

    /// <summary>All neurons for one class, by the sum of the distances between its mean and those of the others.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows), class numbers from 0.</param>
    /// <param name="label">The class.</param>
    /// <returns>Neurons, the most telling first.</returns>
    /// <exception cref="ArgumentException">No row is of the class.</exception>
    public static IReadOnlyList<long> ForClass(Tensor activations, Tensor labels, long label)
    {
        using var scope = NewDisposeScope();
        Tensor distances = Distances(activations, labels);
        if (label < 0 || label >= distances.shape[0] || !labels.eq(label).any().ToBoolean())
        {
            throw new ArgumentException($"No row is of class {label}.");
        }

        return NeuronOrder.Descending(distances[label]);
    }

    /// <summary>(classes, neurons): the sum over the other classes of the distance between the means.</summary>
    private static Tensor Distances(Tensor activations, Tensor labels)
    {
        ProbeData.CheckActivations(activations);
        ProbeData.CheckRows(activations, labels);
        long classes = ProbeData.CheckClasses(labels, null);
        ProbeData.CheckTwoClasses(labels);
        using var noGrad = no_grad();
        ScalarType type = activations.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor member = nn.functional.one_hot(labels.to(activations.device).to(ScalarType.Int64), classes).to(type);
        Tensor counts = member.sum(0L);
        Tensor means = member.t().mm(activations.to(type)) / counts.clamp_min(1).unsqueeze(1);

        // A class without rows has no mean; it takes part in no pair.
        Tensor present = counts.gt(0).to(type).unsqueeze(1);
        return stack([.. Enumerable.Range(0, (int)classes).Select(label =>
            ((means - means[label]).abs() * present).sum(0L) * present[label])]);
    }
}
