using CsCheck;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>On random networks the parts sum to the plain output, whatever the family and the chunk.</summary>
/// <remarks>
/// A failure prints CsCheck's seed and the smallest case found. The variable <c>CsCheck_Iter</c> with a larger number
/// than
/// 100 looks at as many new networks, <c>CsCheck_Seed</c> starts a search again; the printed case runs alone as a
/// <c>[TestCase]</c> of <see cref="PartsSumToThePlainOutputOf"/>.
/// </remarks>
[TestFixture]
public sealed class RandomNetworkTests
{
    private static readonly Dictionary<string, DecompositionAlgorithm> Families = new()
    {
        ["affine"] = new Affine(),
        ["absolute affine"] = new AbsAffine(),
        ["hybrid"] = new HybridAffine(),
        ["no decomposition"] = new NoDecomposition(),
        ["scaling"] = new Scaling(),
        ["bias by absolute share"] = new Affine { BiasPolicy = new BiasByAbsoluteShare() },
        ["bias by signed share"] = new Affine { BiasPolicy = new BiasBySignedShare() },
        ["bias by value"] = new AbsAffine { BiasPolicy = new BiasByValue() },
        ["linearised attention"] = new Affine { LinearisedAttention = true },
        ["contextual"] = new ContextualDecomposition(),
        ["decomposed attention"] = new ContextualDecomposition { Attention = AttentionWeights.Decomposed },
    };

    /// <summary>Parts round by their own size, which is more than the output's where a family amplifies them.</summary>
    private const double RoundingOfParts = 1e-12;

    private static IEnumerable<string> FamilyNames => Families.Keys;

    private static IEnumerable<string> OperatorNames => NetworkOperator.All.Select(candidate => candidate.Name);

    [TestCaseSource(nameof(FamilyNames))]
    public void PartsSumToThePlainOutput(string family) =>
        NetworkCase.Random.Check(@case => ThrowIfWrong(@case, family));

    [TestCaseSource(nameof(OperatorNames))]
    public void PartsSumToThePlainOutputOfEachOperatorAlone(string name)
    {
        var chosen = NetworkOperator.Of(name);
        long[][] shapes =
        [
            [2, 5],
            [2, 2, 6, 7],
            [2, 3, 4],
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach (var family in FamilyNames)
            {
                foreach (var shape in shapes.Where(chosen.Fits))
                {
                    var @case = new NetworkCase(shape, 1, Regions: false, Chunk: 2, [name]);
                    Assert.That(() => ThrowIfWrong(@case, family), Throws.Nothing);
                }
            }
        }
    }

    [TestCase(
        """{"Shape":[2,3,4],"Seed":5808,"Regions":false,"Chunk":null,"Operators":["lstm","clamp","gru of two directions"]}""",
        "scaling"
    )]
    [TestCase(
        """{"Shape":[2,1,8,7],"Seed":4864,"Regions":false,"Chunk":null,"Operators":["adaptive","conv2d","transposed","clamp","batch_norm2d","relu_","flip"]}""",
        "bias by signed share"
    )]
    [TestCase(
        """{"Shape":[2,6,4],"Seed":4594,"Regions":false,"Chunk":null,"Operators":["masked_fill","einsum","masked_fill","sigmoid","normalized","layer_norm","gru of two directions"]}""",
        "bias by value"
    )]
    [TestCase(
        """{"Shape":[2,2,6,6],"Seed":9,"Regions":true,"Chunk":2,"Operators":["group_norm","flatten","linear to 3"]}""",
        "contextual"
    )]
    [TestCase(
        """{"Shape":[2,3,4],"Seed":9,"Regions":false,"Chunk":null,"Operators":["lstm of two layers","gru of two directions"]}""",
        "affine"
    )]
    public void PartsSumToThePlainOutputOf(string @case, string family) =>
        Assert.That(() => ThrowIfWrong(NetworkCase.Parse(@case), family), Throws.Nothing);

    [Test]
    public void ACaseIsReadFromItsText() =>
        NetworkCase.Random.Check(@case =>
            Assert.That(NetworkCase.Parse(@case.ToString()).ToString(), Is.EqualTo(@case.ToString()))
        );

    private static void ThrowIfWrong(NetworkCase @case, string family)
    {
        using var scope = NewDisposeScope();
        using var network = new RandomNetwork(@case);
        var plain = network.call(network.Input);
        using var composition = @case.Regions
            ? Composition.Regions(network.Input, rand([5, .. network.Input.shape], ScalarType.Float64).gt(0.5))
            : Composition.PerIndex(network.Input, -1);
        var composite = new Composite { { typeof(nn.Module), Families[family] } };
        using var run = composite.Decompose(network, composition, new DecompositionOptions { ChunkSize = @case.Chunk });
        var output = network.call(network.Input);
        if (!output.equal(plain).all().item<bool>())
        {
            throw new InvalidOperationException($"{family} on {@case}: the model's own output changed");
        }

        var parts = run.Of(output);
        var error = (parts.Sum() - plain).abs().max().item<double>();
        var largestOutput = Largest(plain);
        var largestPart = Math.Max(Largest(parts.Components), Largest(parts.Residual));
        if (!(error <= 1e-9 * largestOutput + RoundingOfParts * largestPart))
        {
            throw new InvalidOperationException(
                $"{family} on {@case}: the parts are off by {error:g3}, where the largest output is {largestOutput:g3} "
                    + $"and the largest part {largestPart:g3}"
            );
        }
    }

    private static double Largest(Tensor values) => values.abs().max().item<double>();
}
