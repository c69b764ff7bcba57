using Lrp.Onnx.Modules;
using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Fully connected layers are TorchSharp's, however the file writes them.</summary>
[TestFixture]
public sealed class WrittenLayerTests : WrittenFiles
{
    [TestCase("Sum", "m b")]
    [TestCase("Sum", "b m")]
    [TestCase("Sub", "m b")]
    public void AnAddedConstantIsTheBias(string op, string inputs) =>
        AssertIsOneLayer(Matrix().Node("MatMul", "x w", "m").Node(op, inputs, "y").Output("y"), hasBias: true);

    [Test]
    public void NothingBetweenIsNothing() =>
        AssertIsOneLayer(
            Matrix().Node("MatMul", "x w", "m").Node("Identity", "m", "i").Node("Add", "i b", "y").Output("y"),
            hasBias: true
        );

    [TestCase("bi,ij->bj", "x w")]
    [TestCase("ij,bi->bj", "w x")]
    [TestCase("bi,ji->bj", "x t")]
    [TestCase("...i,ij->...j", "x w")]
    public void ASumOverTheLastDimensionIsOne(string equation, string inputs) =>
        AssertIsOneLayer(
            Matrix().Node("Einsum", inputs, "m", "", ("equation", equation)).Node("Add", "m b", "y").Output("y"),
            hasBias: true
        );

    [Test]
    public void AProductByAVectorIsOneOfOneFeature() =>
        AssertIsOneLayer(Matrix().Node("MatMul", "x v", "y").Output("y"), hasBias: false);

    private static OnnxWriter Matrix() =>
        Of(-1, 4)
            .Tensor("w", Random(12), 4, 3)
            .Tensor("t", Random(12), 3, 4)
            .Tensor("v", Random(4), 4)
            .Tensor("b", Random(3), 3);

    private void AssertIsOneLayer(OnnxWriter file, bool hasBias)
    {
        AssertVerified(file, randn(2, 4));
        using var model = Load(file);
        Assert.That(model.named_modules().Select(entry => entry.module).Where(each => each is GraphModule), Is.Empty);
        var layer = model.named_modules().Select(entry => entry.module).OfType<TorchSharp.Modules.Linear>().Single();
        Assert.That(layer.bias is not null, Is.EqualTo(hasBias));
    }
}
