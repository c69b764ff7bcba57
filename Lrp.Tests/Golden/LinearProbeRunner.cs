using System.Globalization;
using Lrp.Analysis.Probes;
using Lrp.Analysis.Ranking;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>Neuron selection and evaluation with given weights.</summary>
public sealed class LinearProbeRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["linear_probe"];

    public void Run(GoldenCase golden)
    {
        using var probe = new LinearProbe(golden.Read("weight"), golden.Read("bias"));
        var stride = golden.Descriptor.GetProperty("search_stride").GetInt32();
        var granularity = golden.Descriptor.GetProperty("granularity").GetInt32();
        foreach (var name in golden.Names)
        {
            var parts = name.Split('.');
            double Argument() => double.Parse(string.Join('.', parts[1..^1]), CultureInfo.InvariantCulture);
            switch (parts[0])
            {
                case "get_top_neurons":
                    AssertSelected(golden, name, NeuronSelection.Top(probe, Argument()));
                    break;
                case "get_bottom_neurons":
                    AssertSelected(golden, name, NeuronSelection.Bottom(probe, Argument()));
                    break;
                case "get_top_neurons_hard_threshold":
                    AssertSelected(golden, name, NeuronSelection.TopByHardThreshold(probe, Argument()));
                    break;
                case "get_neuron_ordering" when parts[1] == "order":
                    AssertOrder(golden, parts[0], NeuronSelection.Ordering(probe, stride));
                    break;
                case "get_neuron_ordering_granular" when parts[1] == "order":
                    AssertOrder(golden, parts[0], NeuronSelection.GranularOrdering(probe, granularity, stride));
                    break;
                case "evaluate":
                    AssertScores(golden, name, probe.Evaluate(golden.Read("X"), golden.Read("y")));
                    break;
                case "weight" or "bias" or "X" or "y" or "get_neuron_ordering" or "get_neuron_ordering_granular":
                    break;
                default:
                    throw new NotSupportedException($"The result '{name}' is not implemented.");
            }
        }
    }

    private static void AssertSelected(GoldenCase golden, string name, SelectedNeurons selected)
    {
        var which = name.Split('.')[^1];
        var neurons =
            which == "union"
                ? selected.Overall
                : selected.PerClass[int.Parse(which[1..], CultureInfo.InvariantCulture)];
        Assert.That(neurons.Order(), Is.EqualTo(Numbers(golden, name)), name);
    }

    private static void AssertOrder(GoldenCase golden, string name, NeuronOrdering ordering)
    {
        var order = Numbers(golden, name + ".order");
        int[] cutoffs = [.. Numbers(golden, name + ".cutoffs").Select(cutoff => (int)cutoff)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ordering.Cutoffs, Is.EqualTo(cutoffs), name);
            Assert.That(ordering.Neurons, Has.Count.EqualTo(order.Length), name);
        }

        var start = 0;
        foreach (var end in cutoffs)
        {
            Assert.That(
                ordering.Neurons.Take(start..end),
                Is.EquivalentTo(order[start..end]),
                $"{name} between {start} and {end}"
            );
            start = end;
        }
    }

    private static void AssertScores(GoldenCase golden, string name, ProbeEvaluation evaluation)
    {
        var metric = name["evaluate.".Length..];
        double Score(ClassificationScores scores) =>
            metric switch
            {
                "accuracy" => scores.Accuracy,
                "f1" => scores.BinaryF1,
                "accuracy_and_f1" => (scores.Accuracy + scores.BinaryF1) / 2,
                "matthews_corrcoef" => scores.MatthewsCorrelation,
                _ => throw new NotSupportedException($"The metric '{metric}' is not implemented."),
            };
        double[] scores = [Score(evaluation.Overall!), .. evaluation.PerClass.Values.Select(Score)];
        golden.AssertClose(tensor(scores), name);
    }

    private static long[] Numbers(GoldenCase golden, string name) => golden.Read(name).data<long>().ToArray();
}
