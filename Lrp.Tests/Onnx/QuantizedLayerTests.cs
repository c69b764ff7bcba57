using Lrp.Composites;
using Lrp.Onnx;
using Lrp.Onnx.Format;
using OnnxFiles;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>
/// Layers of whole numbers are computed as ONNX Runtime does, and explained as the layers that they stand for.
/// </summary>
[TestFixture]
public sealed class QuantizedLayerTests : WrittenFiles
{
    /// <summary>Outputs of ONNX Runtime 1.31.1 for x = sin(0.7·k).</summary>
    private static IEnumerable<TestCaseData> ReferenceOutputs()
    {
        yield return new TestCaseData(
            QuantizedFiles.Static(),
            new long[] { 1, 2, 4, 4 },
            new[] { -0.05f, -0.0055000004f, 0.003f }
        ).SetName("{m}(scales in the file)");
        yield return new TestCaseData(
            QuantizedFiles.Dynamic(),
            new long[] { 1, 2, 4, 4 },
            new[] { -0.6370551f, 0.37364793f, -0.5902881f }
        ).SetName("{m}(scales computed)");
        yield return new TestCaseData(
            QuantizedFiles.DynamicProduct(),
            new long[] { 1, 3, 4 },
            new[]
            {
                2.1390207f,
                -1.9363282f,
                1.5158339f,
                -1.9363282f,
                1.9571707f,
                -1.7603906f,
                1.5158339f,
                -1.7603906f,
                1.8117505f,
            }
        ).SetName("{m}(a product of two computed matrices)");
        yield return new TestCaseData(
            QuantizedFiles.Fused(),
            new long[] { 1, 3, 4 },
            new[]
            {
                1.47f,
                -1.53f,
                -0.24f,
                0.18f,
                -0.93f,
                1.29f,
                -0.45f,
                0.9f,
                0.57f,
                0.27f,
                0.63f,
                -0.39f,
                1.35f,
                -1.11f,
                -0.36f,
                1.29f,
                -1.23f,
                -0.09f,
            }
        ).SetName("{m}(ONNX Runtime's own operators)");
    }

    [TestCaseSource(nameof(ReferenceOutputs))]
    public void OutputsAreThoseOfOnnxRuntime(OnnxWriter file, long[] shape, float[] expected)
    {
        var model = Load(file);
        var x = arange(shape.Aggregate(1L, (all, size) => all * size), ScalarType.Float32).mul(0.7).sin();
        Assert.That(model.call([x.reshape(shape)])[0].data<float>().ToArray(), Is.EqualTo(expected).Within(1e-6f));
    }

    [Test]
    public void LayersAreThoseOfTorchSharp()
    {
        var types = Load(QuantizedFiles.Static()).named_modules().Select(entry => entry.module.GetType()).ToHashSet();
        Assert.That(types, Is.SupersetOf(new[] { typeof(Conv2d), typeof(TorchSharp.Modules.Linear) }));
    }

    [Test]
    public void RelevanceIsThatOfTheLayerOfNumbers()
    {
        // Whole numbers from -100 to 155 are not changed by rounding to 256 steps.
        var x = arange(-100, 156, ScalarType.Float32).reshape(1, 1, 16, 16);
        var (quantized, meant) = QuantizedFiles.Convolutions();
        foreach (var composite in new[] { Presets.EpsilonPlusFlat(), OnnxPresets.AttnLrp(1e-6) })
        {
            using var found = Load(quantized).Explain(x, composite);
            using var expected = Load(meant).Explain(x, composite);
            var largest = expected.Relevance.abs().max().ToDouble();
            Assert.That(largest, Is.GreaterThan(0));
            Assert.That(found.Relevance.sub(expected.Relevance).abs().max().ToDouble(), Is.LessThan(1e-6 * largest));
        }
    }

    [Test]
    public void TheGradientPassesRounding()
    {
        var file = new OnnxWriter(13)
            .Input("x", 1, -1, 4)
            .Tensor("s", [0.5f])
            .Tensor("z", new byte[] { 8 })
            .Node("QuantizeLinear", "x s z", "q")
            .Node("DequantizeLinear", "q s z", "y")
            .Output("y");
        var x = tensor(
                new float[,]
                {
                    { 0.1f, 0.3f, -1.1f, 900 },
                }
            )
            .requires_grad_();
        var y = Load(file).call(x);
        y.sum().backward();
        Assert.That(y.data<float>().ToArray(), Is.EqualTo(new float[] { 0, 0.5f, -1, 123.5f }));
        Assert.That(x.grad!.data<float>().ToArray(), Is.All.EqualTo(1f));
    }

    [Test]
    public void BytesOfAnInputBecomeNumbers()
    {
        var file = new OnnxWriter(13)
            .Input("x", 2, -1, 3)
            .Tensor("s", [0.5f])
            .Tensor("z", new byte[] { 4 })
            .Node("DequantizeLinear", "x s z", "y")
            .Output("y");
        var x = tensor(new byte[] { 0, 4, 255 }, [1, 3]);
        Assert.That(Load(file).call(x).data<float>().ToArray(), Is.EqualTo(new[] { -2, 0, 125.5f }));
    }

    [Test]
    public void WholeNumbersThatAreUsedAsNumbersAreRefused()
    {
        var file = new OnnxWriter(13)
            .Input("x", 1, -1, 3)
            .Tensor("s", [0.5f])
            .Node("QuantizeLinear", "x s", "q")
            .Node("Neg", "q", "y")
            .Output("y");
        Assert.That(
            () => Load(file),
            Throws.InstanceOf<OnnxUnsupportedException>().With.Message.Contains("Neg").And.Message.Contains("'q'")
        );
    }

    [Test]
    public void AScaleThatWasNotTheProducersIsRefused()
    {
        var file = new OnnxWriter(13)
            .Input("x", 1, -1, 3)
            .Tensor("s", [0.5f])
            .Tensor("t", [0.25f])
            .Node("QuantizeLinear", "x s", "q")
            .Node("DequantizeLinear", "q t", "y")
            .Output("y");
        Assert.That(
            () => Load(file),
            Throws.InstanceOf<OnnxUnsupportedException>().With.Message.Contains("another scale")
        );
    }
}
