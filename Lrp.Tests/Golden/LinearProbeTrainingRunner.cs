using Lrp.Analysis.Probes;
using Lrp.Analysis.Ranking;

namespace Lrp.Tests.Golden;

/// <summary>
/// Training as NeuroX does it: as accurate, and led by the neurons that carry the label, which come first.
/// </summary>
public sealed class LinearProbeTrainingRunner : IGoldenRunner
{
    private const double AccuracyTolerance = 0.02;

    public IReadOnlyCollection<string> Kinds => ["linear_probe_training"];

    public void Run(GoldenCase golden)
    {
        double Value(string name) => golden.Descriptor.GetProperty(name).GetDouble();
        var x = golden.Read("X");
        var y = golden.Read("y");
        var options = new ProbeOptions
        {
            Solver = ProbeSolver.Adam,
            L1 = Value("lambda_l1"),
            L2 = Value("lambda_l2"),
            Epochs = (int)Value("epochs"),
            BatchSize = (int)Value("batch_size"),
            LearningRate = Value("learning_rate"),
        };
        using var probe = LinearProbe.Train(x, y, options);
        Assert.That(probe.Evaluate(x, y).Overall!.Accuracy, Is.EqualTo(Value("accuracy")).Within(AccuracyTolerance));
        var informative = (int)Value("informative");
        Assert.That(
            NeuronSelection.Ordering(probe).Neurons.Take(informative),
            Is.EquivalentTo(Enumerable.Range(0, informative).Select(neuron => (long)neuron))
        );
    }
}
