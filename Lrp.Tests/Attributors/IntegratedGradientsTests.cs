using Lrp.Composites.Attributors;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attributors;

/// <summary>Integrated gradients and what its sum misses.</summary>
[TestFixture]
public sealed class IntegratedGradientsTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [TestCaseSource(nameof(Rules))]
    public void A_linear_model_is_exact_with_any_quadrature(QuadratureRule rule)
    {
        using Linear model = Linear(new double[,] { { 1, 2, 3 } });
        using Attribution attribution = new IntegratedGradients { Quadrature = rule, Steps = 3, ChunkSize = 4 }.Attribute(model, Inputs([1, 0, 2], [3, 1, 0]), 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 0, 6, 3, 2, 0 }).Within(1e-12));
            Assert.That(attribution.CompletenessErrors, Is.All.EqualTo(0).Within(1e-12));
        }
    }

    [Test]
    public void A_square_is_shared_out_exactly_by_the_midpoint_rule()
    {
        using var model = Of(x => x.square().sum(1, keepdim: true));
        using Attribution attribution = new IntegratedGradients { Steps = 1 }.Attribute(model, Inputs([1, 2, 3]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 4, 9 }).Within(1e-12));
    }

    [Test]
    public void The_completeness_error_is_what_the_sum_misses()
    {
        // Along x from 0 to 1 the gradient of x² is 2α; its left sum with n points is 1 - 1/n.
        using var model = Of(x => x.square().sum(1, keepdim: true));
        using Attribution attribution = new IntegratedGradients { Quadrature = QuadratureRule.Left, Steps = 4 }.Attribute(model, Inputs([1, 0], [2, 0]), 0);
        Assert.That(attribution.CompletenessErrors, Is.EqualTo(new[] { -0.25, -1 }).Within(1e-12));
    }

    [Test]
    public void It_starts_at_the_baseline()
    {
        using var model = Of(x => x.square().sum(1, keepdim: true));
        using Attribution attribution = new IntegratedGradients { Baseline = tensor(new double[] { 1, -1 }) }.Attribute(model, Inputs([2, 1], [3, 0]), 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 3, 0, 8, -1 }).Within(1e-12));
            Assert.That(attribution.Sums[1], Is.EqualTo(9 - 2).Within(1e-12));
        }
    }

    [Test]
    public void Few_gauss_points_do_better_on_a_smooth_model_than_many_left_points()
    {
        using var model = Of(x => x.exp().sum(1, keepdim: true));
        Tensor input = Inputs([2, 1, 0.5]);
        using Attribution gauss = new IntegratedGradients { Quadrature = QuadratureRule.GaussLegendre, Steps = 6 }.Attribute(model, input, 0);
        using Attribution left = new IntegratedGradients { Quadrature = QuadratureRule.Left, Steps = 200 }.Attribute(model, input, 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs(gauss.CompletenessErrors![0]), Is.LessThan(1e-9));
            Assert.That(Math.Abs(left.CompletenessErrors![0]), Is.GreaterThan(1e-3));
        }
    }

    [Test]
    public void The_class_that_is_predicted_at_the_input_is_asked_about_all_the_way()
    {
        // At the input class 1 wins, near the baseline class 0 does.
        using var model = Of(x => cat([x.mul(0) + 0.5, x], 1));
        using Attribution attribution = new IntegratedGradients { Steps = 10 }.Attribute(model, Inputs([1]));
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1 }).Within(1e-12));
    }

    [Test]
    public void Points_in_chunks_give_what_they_give_at_once()
    {
        using Sequential model = Relu();
        Tensor input = randn([5, 6], dtype: ScalarType.Float64);
        using Attribution once = new IntegratedGradients { Steps = 11, ChunkSize = 1_000 }.Attribute(model, input);
        using Attribution chunks = new IntegratedGradients { Steps = 11, ChunkSize = 3 }.Attribute(model, input);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(chunks.Relevance), Is.EqualTo(Values(once.Relevance)).Within(1e-12));
            Assert.That(chunks.CompletenessErrors, Is.EqualTo(once.CompletenessErrors).Within(1e-12));
        }
    }

    [Test]
    public void A_baseline_of_another_shape_is_refused_with_both_shapes()
    {
        using Sequential model = Relu();
        var method = new IntegratedGradients { Baseline = zeros(5) };
        Assert.That(() => method.Attribute(model, zeros([2, 6], dtype: ScalarType.Float64)), Throws.ArgumentException.With.Message.Contains("[5]").And.Message.Contains("[6]"));
    }

    private static IEnumerable<QuadratureRule> Rules() => Enum.GetValues<QuadratureRule>();
}
