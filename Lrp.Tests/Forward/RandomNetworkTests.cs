using Lrp.Composites;
using Lrp.Core.Forward;
using Lrp.Rules.Forward;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Forward;

/// <summary>On random networks the parts sum to the plain output, whatever the family and the chunk.</summary>
[TestFixture]
public sealed class RandomNetworkTests
{
    private const int Networks = 600;
    private const int Slice = 50;

    private static readonly DecompositionAlgorithm[] Families =
    [
        new Affine(), new AbsAffine(), new HybridAffine(), new NoDecomposition(), new Scaling(),
        new Affine { BiasPolicy = new BiasByAbsoluteShare() }, new Affine { BiasPolicy = new BiasBySignedShare() },
        new AbsAffine { BiasPolicy = new BiasByValue() }, new Affine { LinearisedAttention = true },
        new ContextualDecomposition(), new ContextualDecomposition { Attention = AttentionWeights.Decomposed },
    ];

    [TestCaseSource(nameof(Slices))]
    public void PartsSumToThePlainOutput(int first)
    {
        var failures = Enumerable.Range(first, Slice).Select(Failure).OfType<string>().ToList();
        Assert.That(failures, Is.Empty, string.Join('\n', failures));
    }

    private static IEnumerable<int> Slices() => Enumerable.Range(0, Networks / Slice).Select(k => k * Slice);

    /// <summary>What is wrong with a network's decomposition; null where nothing is.</summary>
    private static string? Failure(int seed)
    {
        using var scope = NewDisposeScope();
        using var network = new RandomNetwork(seed);
        var family = Families[seed / 3 % Families.Length];
        var label = $"network {seed}, {family}: {network.Description}";
        try
        {
            var plain = network.call(network.Input);
            var contextual = seed % 2 == 1;
            using var composition = contextual
                ? Composition.Regions(network.Input, rand([5, .. network.Input.shape], ScalarType.Float64).gt(0.5))
                : Composition.PerIndex(network.Input, -1);
            var composite = new Composite { { typeof(nn.Module), family } };
            using var run = composite.Decompose(network, composition, new DecompositionOptions { ChunkSize = seed % 4 == 0 ? 2 : null });
            var output = network.call(network.Input);
            if (!output.equal(plain).all().item<bool>())
            {
                return $"{label}: the model's own output changed";
            }

            var parts = run.Of(output);
            var largest = Math.Max(plain.abs().max().item<double>(), 1e-300);
            var drift = (parts.Sum() - plain).abs().max().item<double>() / largest;
            return drift <= 1e-9 ? null : $"{label}: off by {drift:g3}";
        }
        catch (Exception error)
        {
            return $"{label}: {error.GetType().Name} {error.Message}";
        }
    }
}
