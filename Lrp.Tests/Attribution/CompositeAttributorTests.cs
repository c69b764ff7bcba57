using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>LRP as one of the methods.</summary>
[TestFixture]
public sealed class CompositeAttributorTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    /// <summary>Functions are seen on the thread of the call only.</summary>
    [Test]
    public void AModelThatComputesOnOtherThreadsOnlyIsRefused()
    {
        using var model = new OtherModels.Function(x => Task.Run(() => x * x.sigmoid()).Result);
        Assert.That(
            () =>
                new CompositeAttributor(new Composite { Functions.AttnLrp }).Attribute(
                    model,
                    rand([2, 3], ScalarType.Float64),
                    Target.Class(0)
                ),
            Throws.InvalidOperationException.With.Message.Contains("Task.Run")
        );
    }

    [Test]
    public void RelevanceStartsAsTheExplainedLogitAndSumsToIt()
    {
        using var model = Relu();
        using var attribution = new CompositeAttributor(Lrp0Everywhere()) { ChunkSize = 2 }.Attribute(
            model,
            randn([5, 6], dtype: ScalarType.Float64)
        );
        Assert.That(attribution.Sums, Is.EqualTo(attribution.Explained).Within(1e-9));
    }

    [Test]
    public void OnAReluNetworkWithoutBiasesLrp0IsInputTimesGradient()
    {
        using var model = Relu();
        var input = randn([5, 6], dtype: ScalarType.Float64);
        using var lrp = new CompositeAttributor(Lrp0Everywhere()).Attribute(model, input);
        using var product = new InputXGradient().Attribute(model, input);
        Assert.That(Values(lrp.Relevance), Is.EqualTo(Values(product.Relevance)).Within(1e-9));
    }

    [Test]
    public void TheDifferenceOfTwoClassesIsSharedOutToo()
    {
        using var model = Relu();
        using var attribution = new CompositeAttributor(Lrp0Everywhere()).Attribute(
            model,
            randn([5, 6], dtype: ScalarType.Float64),
            Target.Difference(0, 2)
        );
        Assert.That(attribution.Sums, Is.EqualTo(attribution.Explained).Within(1e-9));
    }

    [Test]
    public void TheModelIsFreeAfterwards()
    {
        using var model = Relu();
        var method = new CompositeAttributor(Lrp0Everywhere());
        method.Attribute(model, ones([1, 6], dtype: ScalarType.Float64)).Dispose();
        Assert.That(() => Lrp0Everywhere().Register(model).Dispose(), Throws.Nothing);
    }

    [Test]
    public void TheModelIsFreeAfterAnExceptionInItsForward()
    {
        using var model = Relu();
        var method = new CompositeAttributor(Lrp0Everywhere());
        Assert.That(() => method.Attribute(model, ones([1, 7], dtype: ScalarType.Float64)), Throws.Exception);
        Assert.That(() => Lrp0Everywhere().Register(model).Dispose(), Throws.Nothing);
    }

    [Test]
    public void AModelThatIsRegisteredAlreadyIsRefused()
    {
        using var model = Relu();
        using var registration = Lrp0Everywhere().Register(model);
        Assert.That(
            () => new CompositeAttributor(Lrp0Everywhere()).Attribute(model, ones([1, 6], dtype: ScalarType.Float64)),
            Throws.InvalidOperationException.With.Message.Contains("registered already")
        );
    }

    [Test]
    public void ACompositeChangesWhatTheGradientMethodsAskFor()
    {
        using var model = Relu();
        var input = randn([5, 6], dtype: ScalarType.Float64);
        using var lrp = new CompositeAttributor(Lrp0Everywhere()).Attribute(model, input);
        using var gradient = new Lrp.Attribution.Gradients.Gradient { Composite = Lrp0Everywhere() }.Attribute(
            model,
            input
        );
        Assert.That(Values(gradient.Relevance), Is.EqualTo(Values(lrp.Relevance)));
    }

    private static Composite Lrp0Everywhere() => new() { { typeof(Linear), new Lrp0() } };
}
