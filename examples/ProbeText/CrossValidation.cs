using Lrp.Analysis.Activations;
using Lrp.Analysis.Probes;
using Lrp.Analysis.Ranking;
using static TorchSharp.torch;

namespace ProbeText;

/// <summary>
/// Trains probes on four fifths of the mails and evaluates them on the rest, five times, so that every word is
/// predicted once, by a probe that has not seen its mail.
/// </summary>
/// <param name="activations">The activations of all words.</param>
/// <param name="mails">The mail of each word.</param>
internal sealed class CrossValidation(ActivationSet activations, IReadOnlyList<int> mails)
{
    private const int Folds = 5;

    private static readonly ProbeOptions Options = new() { L2 = 1e-3, Classes = 2 };

    /// <summary>The fraction of the words whose class is predicted.</summary>
    /// <param name="layer">The layer that the probes read.</param>
    /// <param name="labels">The class of each word.</param>
    public double Accuracy(string layer, long[] labels) =>
        Mean(
            layer,
            labels,
            (known, unseen) =>
            {
                using var probe = LinearProbe.Train(known.Activations, known.Labels, Options);
                return [probe.Evaluate(unseen.Activations, unseen.Labels).Overall!.Accuracy];
            }
        )[0];

    /// <summary>The accuracy of probes that read only the best neurons of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="labels">The class of each word.</param>
    public AblationCurve Curve(string layer, long[] labels)
    {
        long[] counts = [];
        var scores = Mean(
            layer,
            labels,
            (known, unseen) =>
            {
                using var probe = LinearProbe.Train(known.Activations, known.Labels, Options);
                var order = NeuronSelection.Ordering(probe).Complete(probe.Neurons);
                var curve = AblationCurve.Retrained(known, unseen, order, Options);
                counts = [.. curve.Points.Select(point => point.Neurons)];
                return [.. curve.Points.Select(point => point.Score)];
            }
        );
        return new AblationCurve([.. counts.Zip(scores)]);
    }

    /// <summary>The means of scores over the folds, weighted by the number of words in each.</summary>
    private double[] Mean(
        string layer,
        long[] labels,
        Func<(Tensor Activations, Tensor Labels), (Tensor Activations, Tensor Labels), double[]> scores
    )
    {
        double[] sums = [];
        for (var fold = 0; fold < Folds; fold++)
        {
            using var scope = NewDisposeScope();
            var found = scores(Rows(mail => mail % Folds != fold), Rows(mail => mail % Folds == fold));
            var words = mails.Count(mail => mail % Folds == fold);
            sums = [.. found.Select((score, i) => (sums.Length == 0 ? 0 : sums[i]) + (score * words))];
        }

        return [.. sums.Select(sum => sum / mails.Count)];

        (Tensor Activations, Tensor Labels) Rows(Func<int, bool> chosen)
        {
            long[] rows =
            [
                .. Enumerable.Range(0, mails.Count).Where(row => chosen(mails[row])).Select(row => (long)row),
            ];
            return (
                activations[layer].index_select(0, tensor(rows)),
                tensor(rows.Select(row => labels[row]).ToArray())
            );
        }
    }
}
