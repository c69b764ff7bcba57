using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Arithmetic of tensors with tensors and numbers.</summary>
public class ArithmeticTests
{
    private static readonly float[] A = [1, -2, 3];
    private static readonly float[] B = [4, 5, -6];

    [Test]
    public void Plus_minus_times_and_divide_act_on_each_element()
    {
        using Tensor a = tensor(A), b = tensor(B);
        Assert.Multiple(() =>
        {
            Assert.That((a + b).Values(), Is.EqualTo(new double[] { 5, 3, -3 }));
            Assert.That((a - b).Values(), Is.EqualTo(new double[] { -3, -7, 9 }));
            Assert.That((a * b).Values(), Is.EqualTo(new double[] { 4, -10, -18 }));
            Assert.That((a / b).Values(), Is.EqualTo(new double[] { 0.25, -0.4, -0.5 }).Within(1e-7));
        });
    }

    [Test]
    public void A_number_may_stand_on_either_side()
    {
        using Tensor a = tensor(A);
        Assert.Multiple(() =>
        {
            Assert.That((2 - a).Values(), Is.EqualTo(new double[] { 1, 4, -1 }));
            Assert.That((a - 2.0).Values(), Is.EqualTo(new double[] { -1, -4, 1 }));
            Assert.That((6f / a).Values(), Is.EqualTo(new double[] { 6, -3, 2 }).Within(1e-6));
            Assert.That((3L * a).Values(), Is.EqualTo(new double[] { 3, -6, 9 }));
            Assert.That((1.5 + a).Values(), Is.EqualTo(new double[] { 2.5, -0.5, 4.5 }));
        });
    }

    [Test]
    public void A_whole_number_keeps_an_integer_tensor_an_integer_tensor()
    {
        using Tensor a = tensor(new long[] { 1, 2 });
        Assert.That((a + 1).dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That((a + 1.0).dtype, Is.EqualTo(ScalarType.Float32));
    }

    [Test]
    public void Dimensions_of_one_are_repeated()
    {
        using Tensor column = TensorValues.Counting(2, 1), row = TensorValues.Counting(1, 3);
        using Tensor sum = column + row;
        Assert.That(sum.shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(sum.Values(), Is.EqualTo(new double[] { 0, 1, 2, 1, 2, 3 }));
    }

    [Test]
    public void Add_scales_its_second_argument_by_alpha()
    {
        using Tensor a = tensor(A), b = tensor(B);
        Assert.That(a.add(b, 10).Values(), Is.EqualTo(new double[] { 41, 48, -57 }));
    }

    [Test]
    public void An_in_place_operator_returns_the_tensor_itself()
    {
        using Tensor a = tensor(A);
        Tensor same = a.mul_(2);
        Assert.That(same, Is.SameAs(a));
        Assert.That(a.Values(), Is.EqualTo(new double[] { 2, -4, 6 }));
    }

    [Test]
    public void The_static_form_of_an_in_place_operator_changes_its_first_argument()
    {
        using Tensor a = tensor(A), b = tensor(B);
        Assert.That(add_(a, b), Is.SameAs(a));
        Assert.That(a.Values(), Is.EqualTo(new double[] { 5, 3, -3 }));
    }

    [TestCase(RoundingMode.None, new[] { 3.5, -3.5 })]
    [TestCase(RoundingMode.trunc, new[] { 3.0, -3.0 })]
    [TestCase(RoundingMode.floor, new[] { 3.0, -4.0 })]
    public void Division_rounds_as_asked(RoundingMode mode, double[] expected)
    {
        using Tensor a = tensor(new[] { 7f, -7f });
        Assert.That(a.div(2, mode).Values(), Is.EqualTo(expected));
        Assert.That(div(a, tensor(2f), mode).Values(), Is.EqualTo(expected));
    }

    [Test]
    public void Remainder_takes_the_sign_of_the_divisor_and_fmod_that_of_the_dividend()
    {
        using Tensor a = tensor(new[] { -7f, 7f });
        Assert.That((a % 3).Values(), Is.EqualTo(new double[] { 2, 1 }));
        Assert.That(a.fmod(3).Values(), Is.EqualTo(new double[] { -1, 1 }));
    }

    [Test]
    public void Clamp_takes_either_bound_or_both()
    {
        using Tensor a = tensor(A);
        Assert.Multiple(() =>
        {
            Assert.That(a.clamp(min: 0).Values(), Is.EqualTo(new double[] { 1, 0, 3 }));
            Assert.That(a.clamp(-1, 2).Values(), Is.EqualTo(new double[] { 1, -1, 2 }));
            Assert.That(a.clamp_max(1).Values(), Is.EqualTo(new double[] { 1, -2, 1 }));
            Assert.That(clip(a, max: 2).Values(), Is.EqualTo(new double[] { 1, -2, 2 }));
        });
    }

    [Test]
    public void Round_takes_decimals()
    {
        using Tensor a = tensor(new[] { 1.234, -5.678 });
        Assert.That(a.round().Values(), Is.EqualTo(new double[] { 1, -6 }));
        Assert.That(a.round(2).Values(), Is.EqualTo(new[] { 1.23, -5.68 }).Within(1e-12));
    }

    [Test]
    public void Functions_of_one_element_agree_with_the_standard_library()
    {
        double[] x = [0.1, 0.5, 0.9];
        using Tensor t = tensor(x);
        Assert.Multiple(() =>
        {
            Check(t.exp(), Math.Exp);
            Check(t.log(), Math.Log);
            Check(t.log1p(), v => Math.Log(1 + v));
            Check(t.sqrt(), Math.Sqrt);
            Check(t.rsqrt(), v => 1 / Math.Sqrt(v));
            Check(t.square(), v => v * v);
            Check(t.pow(3), v => v * v * v);
            Check(t.reciprocal(), v => 1 / v);
            Check(t.sin(), Math.Sin);
            Check(t.cos(), Math.Cos);
            Check(t.tan(), Math.Tan);
            Check(t.arcsin(), Math.Asin);
            Check(t.arctan(), Math.Atan);
            Check(t.tanh(), Math.Tanh);
            Check(t.sinh(), Math.Sinh);
            Check(t.floor(), Math.Floor);
            Check(t.ceil(), Math.Ceiling);
            Check(t.trunc(), Math.Truncate);
            Check(t.neg(), v => -v);
            Check(t.deg2rad(), v => v * Math.PI / 180);
        });

        void Check(Tensor actual, Func<double, double> expected) =>
            Assert.That(actual.Values(), Is.EqualTo(x.Select(expected)).Within(1e-12));
    }

    [Test]
    public void Bits_are_combined_by_and_or_xor_and_not()
    {
        using Tensor a = tensor(new[] { 0b1100 }), b = tensor(new[] { 0b1010 });
        Assert.Multiple(() =>
        {
            Assert.That((a & b).Integers(), Is.EqualTo(new long[] { 0b1000 }));
            Assert.That((a | b).Integers(), Is.EqualTo(new long[] { 0b1110 }));
            Assert.That((a ^ b).Integers(), Is.EqualTo(new long[] { 0b0110 }));
            Assert.That((~a).Integers(), Is.EqualTo(new long[] { ~0b1100 }));
            Assert.That(a.bitwise_left_shift(tensor(new[] { 1 })).Integers(), Is.EqualTo(new long[] { 0b11000 }));
        });
    }

    [Test]
    public void A_number_becomes_a_tensor_where_one_is_expected()
    {
        Tensor t = 2.5;
        Assert.That(t.dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That((double)t, Is.EqualTo(2.5));
    }

    [Test]
    public void Interpolates_linearly()
    {
        using Tensor from = tensor(new[] { 0f, 10f }), to = tensor(new[] { 10f, 20f });
        Assert.That(from.lerp(to, tensor(0.25f)).Values(), Is.EqualTo(new[] { 2.5, 12.5 }));
    }
}
