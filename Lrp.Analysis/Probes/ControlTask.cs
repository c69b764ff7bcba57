namespace Lrp.Analysis.Probes;

/// <summary>
/// Labels that mean nothing: every word type gets one at random. What a probe learns of them it learns by heart, so the
/// difference to the real task, its selectivity, is what the activations told it.
/// </summary>
/// <remarks>Hewitt and Liang, "Designing and interpreting probes with control tasks", EMNLP 2019.</remarks>
public static class ControlTask
{
    /// <summary>Control labels for words.</summary>
    /// <param name="words">The words, a row each; those of the training set and of the test set in one list, so that a type has one label.</param>
    /// <param name="labels">The real task's labels, whose frequencies the random ones follow.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="caseSensitive">Whether "The" and "the" are two types.</param>
    /// <param name="uniform">Whether each class is as likely as any other, whatever the real frequencies.</param>
    /// <returns>A label a row, among those that occur in <paramref name="labels"/>.</returns>
    public static long[] Labels(IReadOnlyList<string> words, IReadOnlyList<long> labels, int seed = 0, bool caseSensitive = true, bool uniform = false)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0)
        {
            throw new ArgumentException("A control task draws its labels as often as the real ones occur; there are none.");
        }

        long[] pool = uniform ? [.. labels.Distinct().Order()] : [.. labels];
        var random = new Random(seed);
        var drawn = new Dictionary<string, long>(caseSensitive ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        long[] control = new long[words.Count];
        for (int row = 0; row < control.Length; row++)
        {
            if (!drawn.TryGetValue(words[row], out control[row]))
            {
                drawn[words[row]] = control[row] = pool[random.Next(pool.Length)];
            }
        }

        return control;
    }

    /// <summary>The accuracy on the real task less that on the control task.</summary>
    /// <param name="task">The real task.</param>
    /// <param name="control">The same probe trained on control labels.</param>
    public static double Selectivity(ProbeEvaluation task, ProbeEvaluation control)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(control);
        return task.Overall is { } real && control.Overall is { } random
            ? real.Accuracy - random.Accuracy
            : throw new ArgumentException("Selectivity compares accuracies; a regression has none.");
    }
}
