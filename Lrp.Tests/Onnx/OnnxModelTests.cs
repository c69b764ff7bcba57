using Lrp.Composites;
using Lrp.Onnx;
using Lrp.Onnx.Errors;
using Lrp.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>ONNX files as modules.</summary>
[TestFixture]
public sealed class OnnxModelTests
{
    [Test]
    public void LayersAreThoseOfTorchSharp()
    {
        using var model = Open("resnet");
        var types = model.named_modules().Select(entry => entry.module.GetType()).ToHashSet();
        Assert.That(
            types,
            Is.SupersetOf(
                new[] { typeof(Conv2d), typeof(BatchNorm2d), typeof(ReLU), typeof(TorchSharp.Modules.Linear) }
            )
        );
    }

    [TestCase("activation-gelu_erf")]
    [TestCase("activation-gelu_tanh")]
    [TestCase("activation-softplus_log")]
    [TestCase("activation-mish")]
    public void AnActivationOfSeveralNodesIsOneModule(string name)
    {
        using var model = Open(name);
        var activation = model.named_modules().Select(entry => entry.module).OfType<Activation>().Single();
        Assert.That(activation.Operators, Has.Count.GreaterThan(1));
    }

    [Test]
    public void ANormOfSeveralNodesIsOneModule()
    {
        using var model = Open("encoder-decomposed");
        var norms = model.named_modules().Select(entry => entry.module).OfType<Normalization>().ToList();
        Assert.That(norms.Select(norm => norm.Operators[0]), Is.All.EqualTo("ReduceMean"));
    }

    [Test]
    public void AnExplanationTakesOneCall()
    {
        using var model = Open("resnet");
        using var input = rand(2, 3, 12, 12);
        using var explanation = model.Explain(input, Presets.EpsilonPlusFlat());
        Assert.That(explanation.Relevance.shape, Is.EqualTo(input.shape));
        Assert.That(explanation.Relevance.abs().sum().ToDouble(), Is.GreaterThan(0));
    }

    [Test]
    public void TokenIdsAreExplainedAtTheirEmbeddings()
    {
        using var model = Open("embedding_mean");
        using var ids = zeros([2, 6], ScalarType.Int64);
        using var explanation = model.Explain(ids, OnnxPresets.AttnLrp());
        Assert.That(explanation.Relevance.shape[..2], Is.EqualTo(ids.shape));
    }

    [Test]
    public void WithoutARegistrationTheGradientIsThatOfTheNetwork()
    {
        using var scope = NewDisposeScope();
        using var model = OnnxModel.Load(Paths("encoder-op"), ScalarType.Float64);
        var shape = new long[]
        {
            1,
            5,
            model.named_parameters().Select(entry => entry.parameter).First(each => each.dim() == 2).shape[1],
        };
        var x = randn(shape, ScalarType.Float64).requires_grad_();
        model.call(x).sum().backward();
        var step = randn(shape, ScalarType.Float64);
        var ahead = model.call((x + (step * 1e-6)).detach()).sum() - model.call((x - (step * 1e-6)).detach()).sum();
        Assert.That(
            x.grad!.mul(step).sum().ToDouble(),
            Is.EqualTo(ahead.ToDouble() / 2e-6).Within(1e-5).Percent.Or.EqualTo(ahead.ToDouble() / 2e-6).Within(1e-6)
        );
    }

    [Test]
    public void AWrongInputIsRefusedByName()
    {
        using var model = Open("resnet");
        using var input = rand(2, 3, 16);
        Assert.That(() => model.call(input), Throws.InstanceOf<OnnxShapeException>().With.Message.Contains("'x'"));
    }

    [Test]
    public void DisposedAndLoadedAgainTheModelIsTheSame()
    {
        using var input = rand(1, 3, 12, 12);
        using var first = Output(input);
        using var second = Output(input);
        Assert.That(first.Equals(second));
    }

    private static Tensor Output(Tensor input)
    {
        using var model = Open("cnn-plain");
        using var grad = no_grad();
        return model.call(input);
    }

    private static OnnxModel Open(string name) => OnnxModel.Load(Paths(name));

    private static string Paths(string name) =>
        OnnxFolders.All.Select(folder => Path.Combine(folder, $"{name}.onnx")).First(File.Exists);
}
