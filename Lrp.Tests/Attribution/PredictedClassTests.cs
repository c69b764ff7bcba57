using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>
/// The predicted class is the one at the input, however many perturbed copies go through the model at once.
/// </summary>
[TestFixture]
public sealed class PredictedClassTests
{
    private const int Samples = 10;

    private static IEnumerable<Attributor> Methods(int chunkSize) =>
        [
            new IntegratedGradients { Steps = 8, ChunkSize = chunkSize },
            new SmoothGrad
            {
                Copies = 6,
                NoiseLevel = 0.5,
                ChunkSize = chunkSize,
            },
            new Occlusion { Window = [1], ChunkSize = chunkSize },
            new InputXGradient { ChunkSize = chunkSize },
        ];

    [Test]
    public void ThePredictedClassDoesNotDependOnTheChunk([Values(1, 3, 9, 10, 16, 19, 20, 64)] int chunkSize)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 5)).to(ScalarType.Float64);
        var x = randn(Samples, 6, ScalarType.Float64);
        var predicted = model.call(x).argmax(1);
        foreach (var (whole, chunked) in Methods(64).Zip(Methods(chunkSize)))
        {
            using var expected = whole.Attribute(model, x, Target.Classes(predicted));
            using var found = chunked.Attribute(model, x);
            Assert.That(found.Explained, Is.EqualTo(expected.Explained).Within(1e-12), chunked.Name);
            if (chunked is not SmoothGrad) // its noise is drawn anew for each slice
            {
                Assert.That(found.Relevance.allclose(expected.Relevance, 1e-9, 1e-12), Is.True, chunked.Name);
            }
        }
    }

    [Test]
    public void NoMethodRunsOnAModelThatHasRules()
    {
        using var scope = NewDisposeScope();
        var model = nn.Sequential(("layer", nn.Linear(6, 5)), ("act", nn.ReLU()));
        using var registration = Presets.EpsilonPlus().Register(model);
        foreach (var method in Methods(4).Append(new CompositeAttributor(Presets.EpsilonPlus())))
        {
            Assert.That(
                () => method.Attribute(model, randn(2, 6)),
                Throws.InvalidOperationException.With.Message.Contains("registered already"),
                method.Name
            );
        }
    }
}
