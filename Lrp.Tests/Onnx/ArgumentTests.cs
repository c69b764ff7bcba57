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
    public void AFileOf16BitsIsNotGiven32()
    {
        var file = new OnnxWriter(17).Input("x", 10, -1, 4).Tensor("w", Random(12), 4, 3);
        using var model = Load(Nodes(file, "Cast w v to=10;MatMul x,v y").Output("y"));
        Assert.That(
            () => model.Explain(randn(2, 4), Presets.Epsilon()),
            Throws.InstanceOf<OnnxShapeException>().With.Message.Contains("FLOAT16").And.Message.Contains("Float32")
        );
    }

    [Test]
    public void WholeNumbersThatALayerIsGivenAreExplainedBesideEmbeddings()
    {
        var file = new OnnxWriter(17)
            .Input("ids", 7, -1, 2)
            .Input("ages", 7, -1, 2)
            .Tensor("E", Random(12), 3, 4)
            .Tensor("w", Random(12), 6, 2);
        Nodes(
            file,
            "Gather E,ids e;ReduceMean e m axes=[1] keepdims=0;Cast ages n to=1;Concat m,n c axis=1;MatMul c,w y"
        );
        using var model = Load(file.Output("y"), ScalarType.Float64);
        var (ids, ages) = (
            tensor(
                new long[,]
                {
                    { 0, 2 },
                }
            ),
            tensor(
                new long[,]
                {
                    { 30, -4 },
                }
            )
        );
        using var explanation = model.Explain([new(ids, "ids"), new(ages, "ages")], OnnxPresets.AttnLrp());
        Assert.That(explanation.Sums, Is.EqualTo(explanation.Explained).Within(1e-9));
    }

    [Test]
    public void EmbeddingsAreParametersOfTheModel()
    {
        var file = new OnnxWriter(17).Input("ids", 7, -1).Tensor("E", Random(12), 3, 4);
        using var model = Load(file.Node("Gather", "E ids", "y").Output("y"));
        Assert.That(model.state_dict().Keys, Is.EqualTo(new[] { "y.weight" }));
    }

    [TestCase("Resize x,_,s y mode=linear coordinate_transformation_mode=tf_crop_and_resize", "tf_crop_and_resize")]
    [TestCase("ScatterND x,i,x y reduction=mul", "mul")]
    [TestCase("MaxPool x y,places kernel_shape=[2|2]", "places")]
    public void WhatIsNotSupportedIsRefusedAtLoading(string nodes, string named)
    {
        var file = Of(-1, 1, 4, 4).Tensor("s", [1f, 1f, 2f, 2f], 4).Tensor("i", [0L], 1, 1);
        file = Nodes(file, nodes);
        file = named == "places" ? Nodes(file, "Cast places y2 to=1").Output("y2") : file.Output("y");
        Assert.That(
            () => Load(file),
            Throws.InstanceOf<OnnxUnsupportedException>().With.Message.Contains(named).And.Message.Contains("opset 17")
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
