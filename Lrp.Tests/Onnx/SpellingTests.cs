using Lrp.Attribution;
using Lrp.Composites;
using Lrp.Onnx;
using Lrp.Onnx.Modules;
using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>What a function does to relevance does not depend on how the file writes it.</summary>
[TestFixture]
public sealed class SpellingTests : WrittenFiles
{
    private float[] _w = [];
    private float[] _v = [];

    private static readonly TestCaseData[] Activations =
    [
        new TestCaseData("Sigmoid h s", "Neg h n;Exp n e;Add e,one p;Div one,p s").SetArgDisplayNames("1/(1+e^-x)"),
        new TestCaseData("Tanh h s", "Mul h,two n;Sigmoid n e;Mul e,two p;Sub p,one s").SetArgDisplayNames("2σ(2x)-1"),
        new TestCaseData("Elu h s", "Greater h,zero g;Exp h e;Sub e,one p;Where g,h,p s").SetArgDisplayNames(
            "x or e^x-1"
        ),
    ];

    [TestCaseSource(nameof(Activations))]
    public void AnActivationIsOneThing(string one, string several)
    {
        var x = randn([2, 4], ScalarType.Float64);
        foreach (var composite in new[] { OnnxPresets.AttnLrp(), Presets.Epsilon() })
        {
            AssertClose(Explained(Network(several), x, composite), Explained(Network(one), x, composite), 1e-6);
        }
    }

    [TestCase("Neg g n;Exp n e;Add e,one p;Div one,p s")]
    [TestCase("Neg g n;Sigmoid n e;Sub one,e s")]
    [TestCase("Add g,three n;Clip n,zero,six e;Div e,six s")]
    public void AGateIsAGateHoweverItIsWritten(string gate)
    {
        using var model = Load(Gated(gate));
        Assert.That(model.named_modules().Select(entry => entry.module).OfType<Product>().Single().Gate, Is.EqualTo(1));
    }

    [Test]
    public void OneMinusAGateIsAGateToo()
    {
        using var model = Load(Gated("Sigmoid g z;Sub one,z s;Mul z,g other").Output("other"));
        var products = model.named_modules().Where(entry => entry.name == "m").Select(entry => (Product)entry.module);
        Assert.That(products.Single().Gate, Is.EqualTo(1));
    }

    [TestCase("Exp h e;ReduceSum e,last t;Div e,t s")]
    [TestCase("ReduceMax h m axes=[-1];Sub h,m c;Exp c e;ReduceSum e,last t;Div e,t s")]
    public void ASoftmaxIsOneThing(string several)
    {
        var x = randn([2, 4], ScalarType.Float64);
        var composite = OnnxPresets.AttnLrp();
        AssertClose(Explained(Network(several), x, composite), Explained(Network("Softmax h s"), x, composite), 1e-6);
    }

    [TestCase("Softmax h p;Log p y")]
    [TestCase("Softmax h p;Reshape p,whole y")]
    [TestCase("Reshape h,more q;Softmax q p;Squeeze p,last y")]
    [TestCase("Exp h e;ReduceSum e,last t;Div e,t y")]
    public void WhatALastSoftmaxIsGivenIsExplained(string end)
    {
        var x = randn([2, 4], ScalarType.Float64);
        using var model = Load(Write(end).Output("y"), ScalarType.Float64);
        using var explanation = model.Explain(x, OnnxPresets.AttnLrp(), Target.Class(1));
        using var plain = Load(Write("Identity h y").Output("y"), ScalarType.Float64);
        using var grad = no_grad();
        Assert.That(explanation.Explained, Is.EqualTo(plain.call(x)[.., 1].data<double>().ToArray()).Within(1e-9));
    }

    [SetUp]
    public void Draw() => (_w, _v) = (Random(12), Random(6));

    /// <summary>A layer, which gives h, and nodes.</summary>
    private OnnxWriter Write(string nodes)
    {
        var file = Of(-1, 4).Tensor("w", _w, 4, 3).Tensor("v", _v, 3, 2).Tensor("last", new[] { -1L }, 1);
        file.Tensor("whole", new[] { -1L, 3 }, 2).Tensor("more", new[] { -1L, 3, 1 }, 3);
        foreach (var (name, value) in new[] { ("zero", 0f), ("one", 1f), ("two", 2f), ("three", 3f), ("six", 6f) })
        {
            file.Tensor(name, new[] { value });
        }

        return Nodes(file.Node("MatMul", "x w", "h"), nodes);
    }

    private OnnxWriter Network(string nodes) => Write(nodes).Node("MatMul", "s v", "y").Output("y");

    private OnnxWriter Gated(string gate) => Write("MatMul x,w g;" + gate).Node("Mul", "h s", "m").Output("m");
}
