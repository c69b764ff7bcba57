using Lrp.Composites.Attributors;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;
using Gradient = Lrp.Composites.Attributors.Gradient;

namespace Lrp.Tests.Attributors;

/// <summary>The gradient, and which output it is of.</summary>
[TestFixture]
public sealed class GradientTests
{
    private static readonly double[,] Weights = { { 1, 2, 3 }, { -4, 5, 6 } };

    private DisposeScope _scope = null!;
    private Linear _model = null!;
    private Tensor _input = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        _model = Linear(Weights);
        _input = Inputs([1, 0, 0], [0, 1, 1]);
    }

    [TearDown]
    public void End()
    {
        _input.Dispose();
        _model.Dispose();
        _scope.Dispose();
    }

    [Test]
    public void The_predicted_class_is_explained_unless_told() =>
        Assert.That(Explain(null), Is.EqualTo(new double[] { 1, 2, 3, -4, 5, 6 }));

    [Test]
    public void A_model_whose_output_depends_on_its_parameters_alone_is_refused()
    {
        using var layer = nn.Linear(3, 2, dtype: ScalarType.Float64);
        using var model = new Detached(layer);
        Assert.That(() => new Gradient().Attribute(model, _input), Throws.InvalidOperationException.With.Message.Contains("does not depend on its input"));
    }

    [Test]
    public void A_class_can_be_named_for_all_samples() =>
        Assert.That(Explain(1), Is.EqualTo(new double[] { -4, 5, 6, -4, 5, 6 }));

    [Test]
    public void A_class_can_be_named_for_each_sample() =>
        Assert.That(Explain(Target.Classes(1, 0)), Is.EqualTo(new double[] { -4, 5, 6, 1, 2, 3 }));

    [Test]
    public void Classes_may_come_as_a_tensor() =>
        Assert.That(Explain(Target.Classes(tensor(new long[] { 1, 0 }))), Is.EqualTo(new double[] { -4, 5, 6, 1, 2, 3 }));

    [Test]
    public void One_class_can_be_held_against_another() =>
        Assert.That(Explain(Target.Difference(1, 0)), Is.EqualTo(new double[] { -5, 3, 3, -5, 3, 3 }));

    [Test]
    public void Any_weighted_sum_of_outputs_can_be_explained() =>
        Assert.That(Explain(Target.Weights(tensor(new double[] { 1, 10 }))), Is.EqualTo(new double[] { -39, 52, 63, -39, 52, 63 }));

    [Test]
    public void The_explained_outputs_and_the_sums_of_relevance_are_told()
    {
        using Attribution attribution = new InputXGradient().Attribute(_model, _input);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(attribution.Explained, Is.EqualTo(new double[] { 1, 11 }));
            Assert.That(attribution.Sums, Is.EqualTo(new double[] { 1, 11 }));
            Assert.That(attribution.Conservation, Is.EqualTo(1));
            Assert.That(attribution.CompletenessErrors, Is.Null);
        }
    }

    [Test]
    public void A_batch_in_slices_gives_what_it_gives_whole()
    {
        using Tensor many = randn([7, 3], dtype: ScalarType.Float64);
        Target target = Target.Classes(0, 1, 1, 0, 1, 0, 1);
        using Attribution whole = new InputXGradient { ChunkSize = 100 }.Attribute(_model, many, target);
        using Attribution slices = new InputXGradient { ChunkSize = 2 }.Attribute(_model, many, target);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(slices.Relevance), Is.EqualTo(Values(whole.Relevance)));
            Assert.That(slices.Explained, Is.EqualTo(whole.Explained));
        }
    }

    [Test]
    public void A_class_that_the_model_lacks_is_answered_with_those_it_has() =>
        Assert.That(() => Explain(2), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("classes 0 to 1"));

    [Test]
    public void Too_few_classes_are_counted() =>
        Assert.That(() => Explain(Target.Classes(1)), Throws.ArgumentException.With.Message.Contains("names 1 classes"));

    [Test]
    public void Weights_of_another_shape_are_refused_with_both_shapes() =>
        Assert.That(() => Explain(Target.Weights(ones(3))), Throws.ArgumentException.With.Message.Contains("[3]").And.Message.Contains("[2, 2]"));

    [Test]
    public void A_sample_without_a_gradient_gets_zero_and_its_neighbour_its_own()
    {
        using Sequential dead = nn.Sequential(Linear(new double[,] { { 1, 0, 0 } }), nn.ReLU());
        using Attribution attribution = new Gradient().Attribute(dead, Inputs([-1, 5, 5], [1, 5, 5]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 0, 0, 0, 1, 0, 0 }));
    }

    [Test]
    public void Neither_the_input_nor_the_model_is_changed()
    {
        double[] before = Values(_input);
        Explain(null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(_input), Is.EqualTo(before));
            Assert.That(_input.requires_grad, Is.False);
            Assert.That(_model.weight.grad, Is.Null);
        }
    }

    [Test]
    public void It_works_where_gradients_are_switched_off()
    {
        using (no_grad())
        {
            Assert.That(Explain(0), Is.EqualTo(new double[] { 1, 2, 3, 1, 2, 3 }));
        }
    }

    private double[] Explain(Target? target)
    {
        using Attribution attribution = new Gradient().Attribute(_model, _input, target);
        return Values(attribution.Relevance);
    }

    private sealed class Detached(nn.Module<Tensor, Tensor> inner) : nn.Module<Tensor, Tensor>(nameof(Detached))
    {
        public override Tensor forward(Tensor input) => inner.call(input.detach());
    }
}
