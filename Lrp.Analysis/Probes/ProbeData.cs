using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>Checks activations and labels before they are used.</summary>
internal static class ProbeData
{
    public static void CheckActivations(Tensor activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        if (activations.dim() != 2)
        {
            throw new ArgumentException(
                $"Activations must be a matrix with one row per token and one column per neuron; these are "
                    + $"({string.Join(", ", activations.shape)})."
            );
        }

        if (activations.shape[0] == 0 || activations.shape[1] == 0)
        {
            throw new ArgumentException(
                $"There is nothing to learn from: the activations are ({string.Join(", ", activations.shape)})."
            );
        }

        if (!activations.is_floating_point())
        {
            throw new ArgumentException($"Activations must be floating-point numbers; these are {activations.dtype}.");
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var bad = activations.isfinite().logical_not();
        if (bad.any().ToBoolean())
        {
            var first = bad.flatten().to(ScalarType.Byte).argmax().ToInt64();
            var columns = activations.shape[1];
            throw new ArgumentException(
                $"{bad.sum(ScalarType.Int64).ToInt64()} activations are NaN or infinite, the first in row "
                    + $"{first / columns}, neuron {first % columns}; leave such rows or neurons out."
            );
        }
    }

    public static void CheckRows(Tensor activations, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.dim() != 1 || labels.shape[0] != activations.shape[0])
        {
            throw new ArgumentException(
                $"Give one label per row, {activations.shape[0]} for these activations; the labels are "
                    + $"({string.Join(", ", labels.shape)})."
            );
        }
    }

    /// <summary>Checks class labels and returns the number of classes.</summary>
    public static long CheckClasses(Tensor labels, long? classes)
    {
        if (labels.is_floating_point() || labels.dtype == ScalarType.Bool)
        {
            throw new ArgumentException(
                $"Class labels must be whole numbers from 0; these are {labels.dtype}. Convert them to Int64, or "
                    + $"choose {nameof(ProbeTask)}.{nameof(ProbeTask.Regression)}."
            );
        }

        using var scope = NewDisposeScope();
        var low = labels.min().ToInt64();
        var high = labels.max().ToInt64();
        if (low < 0 || (classes is { } limit && high >= limit))
        {
            throw new ArgumentException(
                $"Labels range from {low} to {high}; with {(classes is { } named ? $"{named}" : "unnamed")} classes "
                    + $"they must be from 0{(classes is { } count ? $" to {count - 1}" : " on")}."
            );
        }

        return classes ?? high + 1;
    }

    /// <summary>Checks that there are at least two classes, as a classification needs.</summary>
    public static void CheckTwoClasses(Tensor labels)
    {
        using var scope = NewDisposeScope();
        var low = labels.min().ToInt64();
        if (low == labels.max().ToInt64())
        {
            throw new ArgumentException(
                $"All {labels.shape[0]} rows are of class {low}; a classification needs at least two classes."
            );
        }
    }

    public static void CheckNumbers(Tensor labels)
    {
        using var scope = NewDisposeScope();
        if (labels.is_floating_point() && !labels.isfinite().all().ToBoolean())
        {
            throw new ArgumentException("Some labels of the regression are NaN or infinite; leave those rows out.");
        }
    }
}
