using Lrp.Onnx;
using OnnxFiles;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Embeddings that are multiplied with each other, as recommenders do, and tables of angles.</summary>
[TestFixture]
public sealed class ProductOfEmbeddingsTests : WrittenFiles
{
    [Test]
    public void BothAreExplained()
    {
        var file = new OnnxWriter(17)
            .Input("u", 7, -1)
            .Input("i", 7, -1)
            .Tensor("U", Random(12), 3, 4)
            .Tensor("I", Random(20), 5, 4)
            .Tensor("w", Random(8), 4, 2)
            .Node("Gather", "U u", "e")
            .Node("Gather", "I i", "g")
            .Node("Mul", "e g", "p")
            .Node("MatMul", "p w", "y")
            .Output("y");
        using var model = Load(file, ScalarType.Float64);
        Assert.That(model.named_modules().Count(entry => entry.module is Embedding), Is.EqualTo(2));
        using var explanation = model.Explain(
            [new(tensor(new long[] { 0, 2 }), "u"), new(tensor(new long[] { 4, 1 }), "i")],
            OnnxPresets.AttnLrp()
        );
        Assert.That(explanation.Sums, Is.EqualTo(explanation.Explained).Within(1e-9));
    }

    [Test]
    public void TheirSumIsAnOutputOfItsOwn()
    {
        var file = new OnnxWriter(17)
            .Input("u", 7, -1)
            .Input("i", 7, -1)
            .Tensor("U", Random(12), 3, 4)
            .Tensor("I", Random(20), 5, 4)
            .Tensor("a", new[] { 1L }, 1)
            .Node("Gather", "U u", "e")
            .Node("Gather", "I i", "g")
            .Node("Mul", "e g", "p")
            .Node("ReduceSum", "p a", "y")
            .Output("y");
        using var model = Load(file, ScalarType.Float64);
        using var explanation = model.Explain(
            [new(tensor(new long[] { 0, 2 }), "u"), new(tensor(new long[] { 4, 1 }), "i")],
            OnnxPresets.AttnLrp()
        );
        Assert.That(explanation.Sums, Is.EqualTo(explanation.Explained).Within(1e-9));
    }

    [Test]
    public void CosinesAndSinesThatAreLookedUpAreNone()
    {
        var angles = arange(5, ScalarType.Float32).unsqueeze(1).mul(tensor([1f, 0.1f, 0.01f, 0.001f]));
        var file = new OnnxWriter(17)
            .Input("t", 7, -1)
            .Input("p", 7, -1)
            .Tensor("T", Random(12), 3, 4)
            .Tensor("C", Values(angles.cos()), 5, 4)
            .Tensor("S", Values(angles.sin()), 5, 4)
            .Tensor("w", Random(16), 4, 4)
            .Node("Gather", "T t", "e")
            .Node("Gather", "C p", "c")
            .Node("Gather", "S p", "s")
            .Node("MatMul", "e w", "turned")
            .Node("Mul", "e c", "ec")
            .Node("Mul", "turned s", "es")
            .Node("Add", "ec es", "y")
            .Output("y");
        using var model = Load(file);
        var embeddings = model.named_modules().Where(entry => entry.module is Embedding).Select(entry => entry.name);
        Assert.That(embeddings, Is.EqualTo(new[] { "e" }));
    }
}
