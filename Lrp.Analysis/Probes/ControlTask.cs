namespace Lrp.Analysis.Probes;

/// <summary>
/// Creates random labels for a control task: every word type gets one random label. A probe can only memorize these
/// labels. The difference in accuracy to the real task, the selectivity, thus measures the information in the
/// activations.
/// </summary>
/// <remarks>Hewitt and Liang, "Designing and interpreting probes with control tasks", EMNLP 2019.</remarks>
public static class ControlTask
{
    /// <summary>Creates control labels for words.</summary>
    /// <param name="words">
    /// The words, one per row. Give the words of the training set and of the test set together, so that each type has
    /// one label.
    /// </param>
    /// <param name="labels">The real task's labels; the random labels have the same frequencies.</param>
    /// <param name="seed">The seed of the random labels.</param>
    /// <param name="caseSensitive">Whether "The" and "the" are different types.</param>
    /// <param name="uniform">Whether all classes are equally likely, whatever the real frequencies.</param>
    /// <returns>One label per row, from those that occur in <paramref name="labels"/>.</returns>
    public static long[] Labels(
        IReadOnlyList<string> words,
        IReadOnlyList<long> labels,
        int seed = 0,
        bool caseSensitive = true,
        bool uniform = false
    )
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0)
        {
            throw new ArgumentException("A control task needs the labels of the real task; there are none.");
        }

        long[] pool = uniform ? [.. labels.Distinct().Order()] : [.. labels];
        var random = new Random(seed);
        var drawn = new Dictionary<string, long>(
            caseSensitive ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase
        );
        var control = new long[words.Count];
        for (var row = 0; row < control.Length; row++)
        {
            if (!drawn.TryGetValue(words[row], out control[row]))
            {
                drawn[words[row]] = control[row] = pool[random.Next(pool.Length)];
            }
        }

        return control;
    }

    /// <summary>The accuracy on the real task minus the accuracy on the control task.</summary>
    /// <param name="task">The evaluation on the real task.</param>
    /// <param name="control">The evaluation of the same probe, trained on control labels.</param>
    public static double Selectivity(ProbeEvaluation task, ProbeEvaluation control)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(control);
        return task.Overall is { } real && control.Overall is { } random
            ? real.Accuracy - random.Accuracy
            : throw new ArgumentException("Selectivity compares accuracies, which a regression does not have.");
    }
}
