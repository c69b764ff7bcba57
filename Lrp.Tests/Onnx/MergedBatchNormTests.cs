using Lrp.Attribution;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Merged into the layers before them, batch normalisations leave the network the same.</summary>
[TestFixture]
public sealed class MergedBatchNormTests : WrittenFiles
{
    [Test]
    public void AMatrixThatAnotherLayerHasTooIsNotChangedThere()
    {
        var file = Norm(Of(-1, 5).Tensor("w", Random(25), 5, 5).Tensor("c", Random(5), 5), "n", 5)
            .Node("MatMul", "x w", "m1")
            .Node("Add", "m1 c", "a1")
            .Node("BatchNormalization", "a1 nG nB nM nV", "n1")
            .Node("Relu", "n1", "r1")
            .Node("MatMul", "r1 w", "m2")
            .Node("Add", "m2 c", "y")
            .Output("y");
        AssertExplainedIsOutput(file, randn(3, 5), merged: 1);
    }

    [Test]
    public void WeightsOfSeveralConvolutionsAreMergedInEachByItself()
    {
        var file = Norm(Norm(Of(-1, 2, 6, 6).Tensor("w", Random(36), 2, 2, 3, 3), "n", 2), "o", 2)
            .Node("Conv", "x w", "c1", "", ("pads", new long[] { 1, 1, 1, 1 }))
            .Node("BatchNormalization", "c1 nG nB nM nV", "n1")
            .Node("Relu", "n1", "r1")
            .Node("Conv", "r1 w", "c2")
            .Node("BatchNormalization", "c2 oG oB oM oV", "n2")
            .Node("Flatten", "n2", "y")
            .Output("y");
        AssertExplainedIsOutput(file, randn(3, 2, 6, 6), merged: 2);
    }

    [Test]
    public void NormalisationsMayShareTheirWeights()
    {
        var file = Norm(Of(-1, 5).Tensor("w", Random(25), 5, 5).Tensor("v", Random(25), 5, 5), "n", 5)
            .Tensor("oM", Random(5), 5)
            .Node("Gemm", "x w", "g1")
            .Node("BatchNormalization", "g1 nG nB nM nV", "n1")
            .Node("Relu", "n1", "r1")
            .Node("Gemm", "r1 v", "g2")
            .Node("BatchNormalization", "g2 nG nB oM nV", "y")
            .Output("y");
        AssertExplainedIsOutput(file, randn(3, 5), merged: 2);
    }

    [Test]
    public void ABiasThatAnotherConvolutionHasTooIsNotChangedThere()
    {
        var file = Norm(Of(-1, 2, 6).Tensor("w", Random(12), 2, 2, 3).Tensor("v", Random(12), 2, 2, 3), "n", 2)
            .Tensor("c", Random(2), 2)
            .Node("Conv", "x w c", "c1")
            .Node("BatchNormalization", "c1 nG nB nM nV", "n1")
            .Node("Relu", "n1", "r1")
            .Node("Conv", "r1 v c", "c2")
            .Node("Flatten", "c2", "y")
            .Output("y");
        AssertExplainedIsOutput(file, randn(3, 2, 6), merged: 1);
    }

    [Test]
    public void ANormalisationOverAnotherDimensionThanTheFeaturesIsNotMerged()
    {
        var file = Norm(Of(-1, 5, 5).Tensor("w", Random(25), 5, 5).Tensor("c", Random(5), 5), "n", 5)
            .Node("MatMul", "x w", "m")
            .Node("Add", "m c", "a")
            .Node("BatchNormalization", "a nG nB nM nV", "n1")
            .Node("Flatten", "n1", "y")
            .Output("y");
        AssertExplainedIsOutput(file, randn(3, 5, 5), merged: 0);
    }

    [Test]
    public void FeaturesInTheSecondOfThreeDimensionsAreMerged()
    {
        var file = Norm(Of(-1, 5, 5).Tensor("w", Random(25), 5, 5), "n", 5)
            .Node("MatMul", "w x", "m")
            .Node("BatchNormalization", "m nG nB nM nV", "n1")
            .Node("Flatten", "n1", "y")
            .Output("y");
        AssertExplainedIsOutput(file, randn(3, 5, 5), merged: 1);
    }

    [Test]
    public void ACanonizerThatChangesTheNetworkIsFoundOut()
    {
        var file = Of(-1, 5).Tensor("w", Random(25), 5, 5).Node("Gemm", "x w", "y").Output("y");
        using var model = Load(file);
        var composite = new Composite { Presets.Epsilon(), new Halving() };
        Assert.That(
            () => model.Explain(randn(3, 5), composite),
            Throws.InvalidOperationException.With.Message.Contains("another network")
        );
    }

    private static OnnxWriter Norm(OnnxWriter file, string name, long channels) =>
        file.Tensor($"{name}G", Random(channels), channels)
            .Tensor($"{name}B", Random(channels), channels)
            .Tensor($"{name}M", Random(channels), channels)
            .Tensor($"{name}V", Values(rand(channels).add(0.5)), channels);

    private void AssertExplainedIsOutput(OnnxWriter file, Tensor x, int merged)
    {
        using var model = Load(file, ScalarType.Float64);
        x = x.to_type(ScalarType.Float64);
        using var explanation = model.Explain(x, Presets.Epsilon(), Target.Class(1));
        using var grad = no_grad();
        var expected = model.call(x)[.., 1].data<double>().ToArray();
        Assert.That(explanation.Explained, Is.EqualTo(expected).Within(1e-9));
        Assert.That(model.BatchNorms is null ? 0 : merged, Is.EqualTo(merged));
        Assert.That(model.BatchNorms is null, Is.EqualTo(merged == 0));
    }

    private sealed class Halving : ICanonizer
    {
        public IDisposable Apply(nn.Module model)
        {
            using var grad = no_grad();
            var weight = model.parameters().First();
            weight.mul_(0.5);
            return new Undone(weight);
        }

        private sealed class Undone(Tensor weight) : IDisposable
        {
            public void Dispose()
            {
                using var grad = no_grad();
                weight.mul_(2);
            }
        }
    }
}
