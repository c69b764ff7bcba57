using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Reductions over all elements and over dimensions. The example is [[0, 1, 2], [3, 4, 5]].</summary>
public class ReductionTests
{
    private static Tensor Example => TensorValues.Counting(2, 3);

    [Test]
    public void Sums_over_everything() => Assert.That(Example.sum().item<float>(), Is.EqualTo(15));

    [Test]
    public void Sums_over_a_dimension() => Assert.That(Example.sum(0L).Values(), Is.EqualTo(new double[] { 3, 5, 7 }));

    [Test]
    public void Keeps_the_dimension_if_asked() => Assert.That(Example.sum(1, keepdim: true).shape, Is.EqualTo(new long[] { 2, 1 }));

    [Test]
    public void Sums_over_several_dimensions()
    {
        using Tensor cube = TensorValues.Counting(2, 2, 2);
        Assert.That(cube.sum([0, 2]).Values(), Is.EqualTo(new double[] { 0 + 1 + 4 + 5, 2 + 3 + 6 + 7 }));
        Assert.That(cube.sum(0, 1, keepdim: false).Values(), Is.EqualTo(new double[] { 0 + 2 + 4 + 6, 1 + 3 + 5 + 7 }));
    }

    [Test]
    public void Sums_in_another_type() => Assert.That(Example.sum(type: ScalarType.Float64).dtype, Is.EqualTo(ScalarType.Float64));

    [Test]
    public void Means() => Assert.That(Example.mean([1]).Values(), Is.EqualTo(new double[] { 1, 4 }));

    [Test]
    public void Products() => Assert.That(Example.prod(1).Values(), Is.EqualTo(new double[] { 0, 60 }));

    [Test]
    public void Maximum_over_a_dimension_comes_with_its_places()
    {
        var (values, indexes) = Example.max(1);
        Assert.That(values.Values(), Is.EqualTo(new double[] { 2, 5 }));
        Assert.That(indexes.Integers(), Is.EqualTo(new long[] { 2, 2 }));
    }

    [Test]
    public void Places_of_the_extremes()
    {
        Assert.That(Example.argmax().item<long>(), Is.EqualTo(5));
        Assert.That(Example.argmin(0).Integers(), Is.EqualTo(new long[] { 0, 0, 0 }));
        Assert.That(Example.argmax(1, keepdim: true).shape, Is.EqualTo(new long[] { 2, 1 }));
    }

    [Test]
    public void Extremes_without_places()
    {
        Assert.That(Example.amax(0).Values(), Is.EqualTo(new double[] { 3, 4, 5 }));
        Assert.That(Example.amin([0, 1]).item<float>(), Is.EqualTo(0));
        var (min, max) = Example.aminmax();
        Assert.That((min.item<float>(), max.item<float>()), Is.EqualTo((0f, 5f)));
    }

    [Test]
    public void Extremes_into_a_given_tensor()
    {
        using Tensor place = zeros(3);
        Example.amax([0], false, place);
        Assert.That(place.Values(), Is.EqualTo(new double[] { 3, 4, 5 }));
    }

    [Test]
    public void Variance_is_unbiased_unless_told_otherwise()
    {
        Assert.That(Example.var(1).Values(), Is.EqualTo(new double[] { 1, 1 }));
        Assert.That(Example.var(1, unbiased: false).Values(), Is.EqualTo(new[] { 2 / 3.0, 2 / 3.0 }).Within(1e-6));
        Assert.That(Example.std().item<float>(), Is.EqualTo(Math.Sqrt(3.5)).Within(1e-6));
        Assert.That(Example.std((0, 1)).item<float>(), Is.EqualTo(Math.Sqrt(3.5)).Within(1e-6));
    }

    [Test]
    public void Variance_and_mean_at_once()
    {
        var (variance, mean) = var_mean(Example, 1);
        Assert.That(variance.Values(), Is.EqualTo(new double[] { 1, 1 }));
        Assert.That(mean.Values(), Is.EqualTo(new double[] { 1, 4 }));
    }

    [Test]
    public void Norms()
    {
        using Tensor t = tensor(new[] { 3f, -4f });
        Assert.That(t.norm().item<float>(), Is.EqualTo(5));
        Assert.That(t.norm(1f).item<float>(), Is.EqualTo(7));
        Assert.That(Example.norm(1, keepdim: true, p: 1).Values(), Is.EqualTo(new double[] { 3, 12 }));
    }

    [Test]
    public void Cumulative_sums() => Assert.That(Example.cumsum(1).Values(), Is.EqualTo(new double[] { 0, 1, 3, 3, 7, 12 }));

    [Test]
    public void Log_of_summed_exponentials()
    {
        double expected = Math.Log(Math.Exp(0) + Math.Exp(1) + Math.Exp(2));
        Assert.That(Example.logsumexp(1).Values()[0], Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Any_and_all()
    {
        Assert.That((Example > 0).all().item<bool>(), Is.False);
        Assert.That((Example > 0).any().item<bool>(), Is.True);
        Assert.That((Example > 2).all(1).Truths(), Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public void Counts_what_is_not_zero()
    {
        Assert.That(Example.count_nonzero().item<long>(), Is.EqualTo(5));
        Assert.That(Example.count_nonzero([1]).Integers(), Is.EqualTo(new long[] { 2, 3 }));
    }

    [Test]
    public void Quantiles() =>
        Assert.That(Example.quantile(tensor(new[] { 0f, 0.5f, 1f })).Values(), Is.EqualTo(new[] { 0, 2.5, 5 }));

    [Test]
    public void Median() => Assert.That(Example.median().item<float>(), Is.EqualTo(2));

    [Test]
    public void The_kth_value()
    {
        var (values, indices) = Example.kthvalue(2, 1);
        Assert.That(values.Values(), Is.EqualTo(new double[] { 1, 4 }));
        Assert.That(indices.Integers(), Is.EqualTo(new long[] { 1, 1 }));
    }

    [Test]
    public void Means_that_pass_over_nan() =>
        Assert.That(tensor(new[] { 1, double.NaN, 3 }).nanmean().item<double>(), Is.EqualTo(2));
}
