using Lrp.Composites;
using Lrp.Composites.Attributors;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attributors;

/// <summary>LRP as one of the methods.</summary>
[TestFixture]
public sealed class CompositeAttributorTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void Relevance_starts_as_the_explained_logit_and_sums_to_it()
    {
        using Sequential model = Relu();
        using Attribution attribution = new CompositeAttributor(Lrp0Everywhere()) { ChunkSize = 2 }.Attribute(model, randn([5, 6], dtype: ScalarType.Float64));
        Assert.That(attribution.Sums, Is.EqualTo(attribution.Explained).Within(1e-9));
    }

    [Test]
    public void On_a_relu_network_without_biases_lrp0_is_input_times_gradient()
    {
        using Sequential model = Relu();
        Tensor input = randn([5, 6], dtype: ScalarType.Float64);
        using Attribution lrp = new CompositeAttributor(Lrp0Everywhere()).Attribute(model, input);
        using Attribution product = new InputXGradient().Attribute(model, input);
        Assert.That(Values(lrp.Relevance), Is.EqualTo(Values(product.Relevance)).Within(1e-9));
    }

    [Test]
    public void The_difference_of_two_classes_is_shared_out_too()
    {
        using Sequential model = Relu();
        using Attribution attribution = new CompositeAttributor(Lrp0Everywhere()).Attribute(model, randn([5, 6], dtype: ScalarType.Float64), Target.Difference(0, 2));
        Assert.That(attribution.Sums, Is.EqualTo(attribution.Explained).Within(1e-9));
    }

    [Test]
    public void The_model_is_free_afterwards()
    {
        using Sequential model = Relu();
        var method = new CompositeAttributor(Lrp0Everywhere());
        method.Attribute(model, ones([1, 6], dtype: ScalarType.Float64)).Dispose();
        Assert.That(() => Lrp0Everywhere().Register(model).Dispose(), Throws.Nothing);
    }

    [Test]
    public void The_model_is_free_after_an_exception_in_its_forward()
    {
        using Sequential model = Relu();
        var method = new CompositeAttributor(Lrp0Everywhere());
        Assert.That(() => method.Attribute(model, ones([1, 7], dtype: ScalarType.Float64)), Throws.Exception);
        Assert.That(() => Lrp0Everywhere().Register(model).Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_model_that_is_registered_already_is_refused()
    {
        using Sequential model = Relu();
        using Registration registration = Lrp0Everywhere().Register(model);
        Assert.That(
            () => new CompositeAttributor(Lrp0Everywhere()).Attribute(model, ones([1, 6], dtype: ScalarType.Float64)),
            Throws.InvalidOperationException.With.Message.Contains("registered already"));
    }

    [Test]
    public void A_composite_changes_what_the_gradient_methods_ask_for()
    {
        using Sequential model = Relu();
        Tensor input = randn([5, 6], dtype: ScalarType.Float64);
        using Attribution lrp = new CompositeAttributor(Lrp0Everywhere()).Attribute(model, input);
        using Attribution gradient = new Lrp.Composites.Attributors.Gradient { Composite = Lrp0Everywhere() }.Attribute(model, input);
        Assert.That(Values(gradient.Relevance), Is.EqualTo(Values(lrp.Relevance)));
    }

    private static Composite Lrp0Everywhere() => new() { { typeof(Linear), new Lrp0() } };
}
