using Lrp.Attribution;
using Lrp.Composites;
using Lrp.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Where a constant makes a value larger, an entry gets the relevance of all its copies.</summary>
[TestFixture]
public sealed class BroadcastTests : WrittenFiles
{
    [TestCase("Mul")]
    [TestCase("Add")]
    public void RelevanceOfCopiesIsSummed(string op)
    {
        var file = Of(-1, 4)
            .Tensor("w", Random(4), 4, 1)
            .Tensor("c", Random(5), 5)
            .Tensor("v", Random(15), 5, 3)
            .Node("MatMul", "x w", "h")
            .Node(op, "h c", "b")
            .Node("MatMul", "b v", "y")
            .Output("y");
        using var model = Load(file, ScalarType.Float64);
        using var explanation = model.Explain(randn([2, 4], ScalarType.Float64), Presets.Epsilon(), Target.Class(1));
        Assert.That(explanation.Sums, Is.EqualTo(explanation.Explained).Within(1e-4));
    }

    [Test]
    public void SummandsThatCancelOutKeepTheirRelevance()
    {
        var file = Of(-1, 2).Input("z", 1, -1, 2).Tensor("w", [3f, 5f], 2, 1);
        using var model = Load(Nodes(file, "Add x,z s;MatMul s,w y").Output("y"), ScalarType.Float64);
        using var explanation = model.Explain(
            [
                tensor(
                    new double[,]
                    {
                        { 1, 2 },
                    }
                ),
                tensor(
                    new double[,]
                    {
                        { -1, 3 },
                    }
                ),
            ],
            OnnxPresets.AttnLrp(),
            Target.Class(0)
        );
        Assert.That(explanation.Relevance.data<double>(), Is.EqualTo(new[] { 3.0, 10.0 }).Within(1e-9));
    }

    [Test]
    public void ANormWhoseFactorsAreMultipliedFirstIsExplained()
    {
        var file = Of(-1, 5)
            .Tensor("w", Random(25), 5, 5)
            .Tensor("gamma", Random(5), 5)
            .Tensor("beta", Random(5), 5)
            .Tensor("eps", new[] { 1e-3f })
            .Node("MatMul", "x w", "h")
            .Node("ReduceMean", "h", "mean", "", ("axes", new long[] { -1 }))
            .Node("Sub", "h mean", "centred")
            .Node("Mul", "centred centred", "square")
            .Node("ReduceMean", "square", "variance", "", ("axes", new long[] { -1 }))
            .Node("Add", "variance eps", "shifted")
            .Node("Sqrt", "shifted", "root")
            .Node("Reciprocal", "root", "inverse")
            .Node("Mul", "inverse gamma", "ig")
            .Node("Mul", "h ig", "scaled")
            .Node("Mul", "mean ig", "moved")
            .Node("Sub", "beta moved", "offset")
            .Node("Add", "scaled offset", "y")
            .Output("y");
        using var model = Load(file, ScalarType.Float64);
        foreach (var composite in new[] { Presets.Epsilon(), OnnxPresets.AttnLrp() })
        {
            using var explanation = model.Explain(randn([2, 5], ScalarType.Float64), composite, Target.Class(1));
            Assert.That(explanation.Relevance.isfinite().all().ToBoolean());
            Assert.That(explanation.Relevance.abs().sum().ToDouble(), Is.GreaterThan(0));
        }
    }
}
