using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Comparisons and logic.</summary>
public class ComparisonTests
{
    [Test]
    public void Comparisons_give_truth_values()
    {
        using Tensor a = tensor(new[] { 1f, 2f, 3f }), b = tensor(new[] { 3f, 2f, 1f });
        Assert.Multiple(() =>
        {
            Assert.That((a == b).Truths(), Is.EqualTo(new[] { false, true, false }));
            Assert.That((a != b).Truths(), Is.EqualTo(new[] { true, false, true }));
            Assert.That((a < b).Truths(), Is.EqualTo(new[] { true, false, false }));
            Assert.That((a <= b).Truths(), Is.EqualTo(new[] { true, true, false }));
            Assert.That((a > b).Truths(), Is.EqualTo(new[] { false, false, true }));
            Assert.That((a >= 2).Truths(), Is.EqualTo(new[] { false, true, true }));
            Assert.That((a > b).dtype, Is.EqualTo(ScalarType.Bool));
        });
    }

    [Test]
    public void A_number_on_the_left_mirrors_the_comparison()
    {
        using Tensor a = tensor(new[] { 1f, 2f, 3f });
        Scalar two = 2;
        Assert.That((two < a).Truths(), Is.EqualTo(new[] { false, false, true }));
        Assert.That((two >= a).Truths(), Is.EqualTo(new[] { true, true, false }));
    }

    [Test]
    public void Logic_treats_zero_as_false()
    {
        using Tensor a = tensor(new[] { 0f, 1f }), b = tensor(new[] { 2f, 0f });
        Assert.Multiple(() =>
        {
            Assert.That(a.logical_and(b).Truths(), Is.EqualTo(new[] { false, false }));
            Assert.That(a.logical_or(b).Truths(), Is.EqualTo(new[] { true, true }));
            Assert.That(a.logical_xor(a).Truths(), Is.EqualTo(new[] { false, false }));
            Assert.That(a.logical_not().Truths(), Is.EqualTo(new[] { true, false }));
        });
    }

    [Test]
    public void Allclose_compares_within_tolerances()
    {
        using Tensor a = tensor(new[] { 1.0, 2.0 });
        Assert.That(a.allclose(a + 1e-9), Is.True);
        Assert.That(a.allclose(a + 1e-3), Is.False);
        Assert.That(allclose(a, a + 1e-3, atol: 1e-2), Is.True);
    }

    [Test]
    public void Not_a_number_and_infinity_are_told_apart()
    {
        using Tensor a = tensor(new[] { 0, double.NaN, double.PositiveInfinity });
        Assert.That(a.isnan().Truths(), Is.EqualTo(new[] { false, true, false }));
        Assert.That(a.isinf().Truths(), Is.EqualTo(new[] { false, false, true }));
        Assert.That(a.isfinite().Truths(), Is.EqualTo(new[] { true, false, false }));
        Assert.That(a.nan_to_num(nan: 7, posinf: 9).Values(), Is.EqualTo(new double[] { 0, 7, 9 }));
    }

    [Test]
    public void The_larger_and_the_smaller_of_two()
    {
        using Tensor a = tensor(new[] { 1f, 5f }), b = tensor(new[] { 3f, 2f });
        Assert.That(a.maximum(b).Values(), Is.EqualTo(new double[] { 3, 5 }));
        Assert.That(minimum(a, b).Values(), Is.EqualTo(new double[] { 1, 2 }));
    }
}
