using Lrp.Analysis.Probes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Ranking;

/// <summary>Ranks neurons by the distance between the classes' mean activations, without training.</summary>
/// <remarks>
/// Antverg and Belinkov, "On the pitfalls of analyzing individual neurons in language models", ICLR 2022.
/// </remarks>
public static class ProbelessRanking
{
    /// <summary>Ranks all neurons by the sum of the distances between the means of all pairs of classes.</summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows), class numbers from 0.</param>
    /// <returns>The neurons, largest distance first.</returns>
    public static IReadOnlyList<long> Overall(Tensor activations, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return NeuronOrder.Descending(Distances(activations, labels).sum(0L));
    }

    /// <summary>
    /// Ranks all neurons for one class, by the sum of the distances between its mean and the other classes' means.
    /// </summary>
    /// <param name="activations">(rows, neurons).</param>
    /// <param name="labels">(rows), class numbers from 0.</param>
    /// <param name="label">The class.</param>
    /// <returns>The neurons, largest distance first.</returns>
    /// <exception cref="ArgumentException">No row has this class.</exception>
    public static IReadOnlyList<long> ForClass(Tensor activations, Tensor labels, long label)
    {
        using var scope = NewDisposeScope();
        var distances = Distances(activations, labels);
        if (label < 0 || label >= distances.shape[0] || !labels.eq(label).any().ToBoolean())
        {
            throw new ArgumentException($"No row has class {label}.");
        }

        return NeuronOrder.Descending(distances[label]);
    }

    /// <summary>(classes, neurons): the sum of the distances to the means of the other classes.</summary>
    private static Tensor Distances(Tensor activations, Tensor labels)
    {
        ProbeData.CheckActivations(activations);
        ProbeData.CheckRows(activations, labels);
        var classes = ProbeData.CheckClasses(labels, null);
        ProbeData.CheckTwoClasses(labels);
        using var noGrad = no_grad();
        var type = activations.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var member = nn.functional.one_hot(labels.to(activations.device).to(ScalarType.Int64), classes).to(type);
        var counts = member.sum(0L);
        var means = member.t().mm(activations.to(type)) / counts.clamp_min(1).unsqueeze(1);

        // A class without rows has no mean, so it is left out of all pairs.
        var present = counts.gt(0).to(type).unsqueeze(1);
        return stack([
            .. Enumerable
                .Range(0, (int)classes)
                .Select(label => ((means - means[label]).abs() * present).sum(0L) * present[label]),
        ]);
    }
}
