using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using TorchSharp;
using static Lrp.Tests.Decomposition.TwoLayers;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Decomposition;

/// <summary>A run follows the model's calls and answers for outputs, hidden states and modules.</summary>
[TestFixture]
public sealed class DecompositionRunTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(7);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void AHiddenStateIsFoundByItsModulesPath()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        using var composition = Composition.PerIndex(x, 1);
        using var run = new Composite().Decompose(model, composition);
        model.call(x);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run["0"].Components.allclose(composition.Components.matmul(Weight(model, 0).t())), Is.True);
            Assert.That(run["0"].Residual.allclose(Bias(model, 0).expand(2, 6)), Is.True);
            Assert.That(run[""].ReconstructionError(), Is.LessThan(1e-12));
        }
    }

    [Test]
    public void AnUnknownModuleFailsWithTheNamesThatComeClosest()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        model.call(x);
        Assert.That(() => run["7"], Throws.InstanceOf<KeyNotFoundException>().With.Message.Contains("'0'"));
    }

    [Test]
    public void AnotherInputThanTheCompositionsFails()
    {
        using var model = Network();
        using var run = new Composite().Decompose(model, Composition.PerIndex(rand(2, 4, ScalarType.Float64), 1));
        Assert.That(
            () => model.call(rand(2, 4, ScalarType.Float64)),
            Throws.InstanceOf<DecompositionException>().With.Message.Contains("composition.Value")
        );
    }

    [Test]
    public void ControlFlowMayDependOnData()
    {
        using var model = new Lambda(x =>
        {
            while (x.abs().max().item<double>() < 10)
            {
                x = x.sum().item<double>() > 0 ? x * 2 : x.neg().relu() + x;
            }

            return x;
        });
        var x = rand(2, 4, ScalarType.Float64);
        using var composition = Composition.PerIndex(x, 1);
        using var run = new Composite().Decompose(model, composition);
        var output = run.Of(model.call(x));
        Assert.That(output.Components.sum(0L).allclose(output.Value), Is.True);
    }

    [Test]
    public void AConstantAddedBeforeTheFirstLayerGoesToTheResidual()
    {
        var (weight, constant) = (randn(4, 3, ScalarType.Float64), randn(4, ScalarType.Float64));
        using var model = new Lambda(x => F.linear(x + constant, weight.t()));
        var x = rand(2, 4, ScalarType.Float64);
        using var composition = Composition.PerFeature(x);
        using var run = new Composite().Decompose(model, composition);
        var output = run.Of(model.call(x));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Components.allclose(composition.Components.matmul(weight)), Is.True);
            Assert.That(output.Residual.allclose(constant.unsqueeze(0).matmul(weight).expand(2, 3)), Is.True);
        }
    }

    [Test]
    public void AnInPlaceResidualSumKeepsItsParts()
    {
        using var layer = nn.Linear(4, 4).to(ScalarType.Float64);
        using var model = new Lambda(
            x =>
            {
                var y = layer.call(x).relu_();
                y.add_(x);
                return y.relu_();
            },
            layer
        ).Registered();
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        Assert.That(run.Of(model.call(x)).ReconstructionError(), Is.LessThan(1e-12));
    }

    /// <summary>No further operator meets the tensor, so that only the question can tell.</summary>
    [Test]
    public void AnOutputOverwrittenThroughItsViewHasThePartsThatWereWritten()
    {
        using var layer = nn.Linear(4, 3).to(ScalarType.Float64);
        using var model = new Lambda(
            x =>
            {
                var z = layer.call(x);
                z.narrow(1, 0, 1).mul_(3);
                return z;
            },
            layer
        ).Registered();
        var x = rand(2, 4, ScalarType.Float64);
        using var composition = Composition.PerIndex(x, 1);
        using var run = new Composite().Decompose(model, composition);
        using var y = model.call(x);
        var expected = composition.Components.matmul(layer.weight!.t());
        expected.narrow(2, 0, 1).mul_(3);
        using var again = run.With(y, composition);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Of(y).Components.allclose(expected, 1e-12, 1e-12), Is.True);
            Assert.That(run.Of([x, y])[1].Components.allclose(expected, 1e-12, 1e-12), Is.True);
            Assert.That(run[""].Components.allclose(expected, 1e-12, 1e-12), Is.True);
            Assert.That(again.Components.allclose(expected, 1e-12, 1e-12), Is.True);
            Assert.That(run.ReconstructionError(y), Is.LessThan(1e-12));
            Assert.That(
                run["inner0"].Components[0, 0, 0].item<double>(),
                Is.Not.EqualTo(expected[0, 0, 0].item<double>())
            );
        }
    }

    [Test]
    public void AModulesOutputKeepsItsPartsWhenTheModelOverwritesItLater()
    {
        using var layer = nn.Linear(4, 3).to(ScalarType.Float64);
        using var model = new Lambda(
            x =>
            {
                var z = layer.call(x);
                return z.view(-1).mul_(3);
            },
            layer
        ).Registered();
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        using var y = model.call(x);
        using var expected = layer.forward(x);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run["inner0"].Value.allclose(expected), Is.True);
            Assert.That(run["inner0"].ReconstructionError(), Is.LessThan(1e-12));
            Assert.That(run.Of(y).ReconstructionError(), Is.LessThan(1e-12));
        }
    }

    [Test]
    public void ChunksChangeNothing([Values(1, 2, 5)] long chunk, [Values] bool contextual)
    {
        DecompositionAlgorithm[] families =
        [
            new Affine(),
            new AbsAffine(),
            new HybridAffine(0.3),
            new Scaling(),
            new ContextualDecomposition { Attention = AttentionWeights.Decomposed },
        ];
        foreach (var family in families)
        {
            using var model = nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.Linear(6, 4), nn.Softmax(-1L))
                .to(ScalarType.Float64);
            var x = randn(3, 5, ScalarType.Float64);
            using var composition = contextual
                ? Composition.Regions(x, rand(5, 3, 5).gt(0.5))
                : Composition.PerIndex(x, 1);
            var composite = new Composite { { typeof(nn.Module), family } };
            using var whole = composite.Decompose(model, composition);
            var expected = whole.Of(model.call(x)).Components.clone();
            whole.Dispose();
            using var pieces = composite.Decompose(model, composition, new DecompositionOptions { ChunkSize = chunk });
            Assert.That(
                pieces.Of(model.call(x)).Components.allclose(expected, 1e-10, 1e-12),
                Is.True,
                family.ToString()
            );
        }
    }

    [Test]
    public void RegionsTogetherAreWhatTheyAreOneByOne()
    {
        using var model = nn.Sequential(
                nn.Conv2d(2, 3, 3L),
                nn.BatchNorm2d(3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Flatten(),
                nn.Linear(12, 4)
            )
            .to(ScalarType.Float64);
        model.eval();
        var x = randn(1, 2, 6, 6, ScalarType.Float64);
        var masks = rand([7, 1, 2, 6, 6]).gt(0.5);
        var composite = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };
        using var composition = Composition.Regions(x, masks);
        using var run = composite.Decompose(model, composition);
        var output = model.call(x);
        var together = run.Of(output);
        for (var k = 0; k < 7; k++)
        {
            using var one = Composition.Regions(x, masks.narrow(0, k, 1));
            using var alone = run.With(output, one);
            Assert.That(alone[0].allclose(together[k], 1e-10, 1e-12), Is.True, $"region {k}");
        }
    }

    [Test]
    public void TheWholeInputAsARegionContributesEverythingButWhatTheRestGets()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        var composite = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };
        using var run = composite.Decompose(model, Composition.Regions(x, ones(1, 2, 4, ScalarType.Bool)));
        var output = run.Of(model.call(x));
        Assert.That(output[0].allclose(output.Value, 1e-8, 1e-8), Is.True);
    }

    [Test]
    public void AttentionIsSplitAtItsActualWeightsOrWithThem([Values] AttentionWeights weights)
    {
        using var layer = nn.TransformerEncoderLayer(8, 2, 16, 0).to(ScalarType.Float64);
        layer.eval();
        var model = new Lambda(x => layer.call(x), layer).Registered();
        var x = randn(5, 1, 8, ScalarType.Float64);
        var composite = new Composite
        {
            {
                typeof(nn.Module),
                new ContextualDecomposition { Attention = weights }
            },
        };
        using var run = composite.Decompose(
            model,
            Composition.Regions(x, eye(5, 5, ScalarType.Float64).reshape(5, 5, 1, 1).expand(5, 5, 1, 8))
        );
        var output = run.Of(model.call(x));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Sum().allclose(output.Value.unsqueeze(0).expand(5, 5, 1, 8)), Is.True);
            Assert.That(output.Components.abs().max().item<double>(), Is.Positive.And.LessThan(100));
        }
    }

    [Test]
    public void PackedSequencesOfSeveralLayersAndDirectionsKeepTheirParts([Values] bool bidirectional)
    {
        using var lstm = nn.LSTM(3, 4, numLayers: 2, bidirectional: bidirectional).to(ScalarType.Float64);
        var model = new Lambda(
            x =>
            {
                var packed = nn.utils.rnn.pack_padded_sequence(x, tensor(new long[] { 5, 3, 2 }));
                var (output, hidden, cell) = lstm.call(packed);
                var (padded, _) = nn.utils.rnn.pad_packed_sequence(output);
                return padded.sum([0L]) + hidden[-1].sum([-1L], true) + cell[0].mean([-1L], true);
            },
            lstm
        ).Registered();
        lstm.eval();
        var x = randn(5, 3, 3, ScalarType.Float64);
        foreach (var family in new DecompositionAlgorithm[] { new Affine(), new ContextualDecomposition() })
        {
            var composite = new Composite { { typeof(nn.Module), family } };
            using var run = composite.Decompose(model, Composition.PerIndex(x, 0));
            var output = run.Of(model.call(x));
            Assert.That(output.ReconstructionError(), Is.LessThan(1e-10), family.ToString());
        }
    }

    [Test]
    public void TokensBecomeQuantitiesAtTheEmbedding()
    {
        using var embedding = nn.Embedding(10, 3).to(ScalarType.Float64);
        using var model = new Lambda(x => embedding.call(x).mean([0L]), embedding).Registered();
        var tokens = tensor(new long[] { 4, 1, 7 }).unsqueeze(1);
        using var run = new Composite().Decompose(model, Composition.Tokens(tokens, 0));
        var output = run.Of(model.call(tokens));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Components.allclose(embedding.call(tokens) / 3), Is.True);
            Assert.That(output.Residual.abs().max().item<double>(), Is.LessThan(1e-15));
        }
    }

    [Test]
    public void PartsCarryGradientsWhenAsked()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        var composite = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };
        using var run = composite.Decompose(
            model,
            Composition.Regions(x, rand(1, 2, 4).gt(0.5)),
            new DecompositionOptions { Differentiable = true }
        );
        run.Of(model.call(x)).Components.square().sum().backward();
        Assert.That(Weight(model, 0).grad!.abs().max().item<double>(), Is.Positive);
    }

    [Test]
    public void WithoutBeingAskedPartsCarryNone()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        Assert.That(run.Of(model.call(x)).Components.requires_grad, Is.False);
    }

    [Test]
    public void AfterAFailedForwardTheNextCallWorks()
    {
        var fail = true;
        using var model = new Lambda(x => fail ? throw new InvalidOperationException("planned") : x * 2);
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        Assert.That(() => model.call(x), Throws.Exception.With.Message.Contains("planned"));
        fail = false;
        Assert.That(run.Of(model.call(x)).ReconstructionError(), Is.LessThan(1e-12));
    }

    [Test]
    public void DisposingLetsGoOfTheModel()
    {
        using var model = Network();
        var x = rand(2, 4, ScalarType.Float64);
        var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        run.Dispose();
        model.call(rand(3, 4, ScalarType.Float64));
        Assert.That(() => run.Of(x), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void ADropoutInTrainingFailsWithTheRemedy()
    {
        using var model = new Lambda(x => F.dropout(x, 0.5, true));
        var x = rand(2, 4, ScalarType.Float64);
        using var run = new Composite().Decompose(model, Composition.PerIndex(x, 1));
        var output = model.call(x);
        Assert.That(
            () => run.Of(output),
            Throws.InstanceOf<DecompositionException>().With.Message.Contains("model.eval()")
        );
    }
}
