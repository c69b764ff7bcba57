using Lrp.Composites;
using Lrp.Onnx;
using Lrp.Onnx.Format;
using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>What a model is given, and what it says where that does not fit.</summary>
[TestFixture]
public sealed class ArgumentTests : WrittenFiles
{
    [Test]
    public void NoOutputsAreRefused() =>
        Assert.That(
            () => OnnxModel.Load(Saved(Layer()), outputs: []),
            Throws.ArgumentException.With.Message.Contains("one output")
        );

    [Test]
    public void AnEmptyTensorWithASizeBeyond64BitsIsRefused() =>
        Assert.That(
            () =>
                Load(
                    Of(-1, 4).Tensor("w", Array.Empty<float>(), 0, long.MaxValue, 4).Node("Relu", "x", "y").Output("y")
                ),
            Throws.InstanceOf<OnnxFormatException>().With.Message.Contains("'w'")
        );

    [Test]
    public void ATypeOfWholeNumbersIsRefused() =>
        Assert.That(
            () => Load(Layer(), ScalarType.Int32),
            Throws.ArgumentException.With.Message.Contains("Int32").And.Message.Contains("floating point")
        );

    [Test]
    public void AnInputOfAnotherTypeIsRefusedByName()
    {
        using var model = Load(Layer());
        Assert.That(
            () => model.call(randn([2, 4], ScalarType.Float64)),
            Throws.InstanceOf<OnnxShapeException>().With.Message.Contains("'x'").And.Message.Contains("Float64")
        );
    }

    [Test]
    public void NoSamplesAreRefused()
    {
        using var model = Load(Layer());
        Assert.That(
            () => model.Explain(randn(0, 4), Presets.Epsilon()),
            Throws.ArgumentException.With.Message.Contains("[0, 4]")
        );
    }

    [Test]
    public void TooFewInputsAreNotVerified()
    {
        using var model = Load(Layer());
        Assert.That(() => model.Verify([]), Throws.ArgumentException.With.Message.Contains("takes 1 tensors (x)"));
    }

    [Test]
    public void NoSamplesCanBeVerified() => AssertVerified(Layer(), randn(0, 4));

    [Test]
    public void NumbersOf16BitsAreVerified()
    {
        var file = new OnnxWriter(17).Input("x", 10, -1, 4).Node("Relu", "x", "y").Output("y");
        using var model = Load(file);
        var differences = model.Verify([randn(2, 4).to_type(ScalarType.Float16)]);
        Assert.That(differences.Single().Relative, Is.Zero);
        Assert.That(differences.Single().Scale, Is.GreaterThan(0));
    }

    [Test]
    public void AttentionHandsItsCacheOn()
    {
        var file = new OnnxWriter(23)
            .Input("q", 1, -1, 2, 3, 4)
            .Input("k", 1, -1, 2, 3, 4)
            .Input("v", 1, -1, 2, 3, 4)
            .Input("pk", 1, -1, 2, 2, 4)
            .Input("pv", 1, -1, 2, 2, 4)
            .Node("Attention", "q k v _ pk pv", "y ok ov")
            .Output("y")
            .Output("ok")
            .Output("ov");
        var (q, k, v, pk, pv) = (
            randn(2, 2, 3, 4),
            randn(2, 2, 3, 4),
            randn(2, 2, 3, 4),
            randn(2, 2, 2, 4),
            randn(2, 2, 2, 4)
        );
        using var model = Load(file);
        using var grad = no_grad();
        var computed = model.call([q, k, v, pk, pv]);
        var (keys, values) = (cat([pk, k], 2), cat([pv, v], 2));
        AssertClose(computed[0], nn.functional.scaled_dot_product_attention(q, keys, values));
        AssertClose(computed[1], keys);
        AssertClose(computed[2], values);
    }

    private static OnnxWriter Layer() => Of(-1, 4).Tensor("w", Random(12), 4, 3).Node("MatMul", "x w", "y").Output("y");
}
