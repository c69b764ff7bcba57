using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Tensors made from a size, a range or another tensor.</summary>
[NonParallelizable]
public class FactoryTests
{
    [Test]
    public void Zeros_ones_and_full()
    {
        Assert.That(zeros(2, 3).Values(), Is.All.Zero);
        Assert.That(ones(new long[] { 2, 2 }).Values(), Is.All.EqualTo(1));
        Assert.That(full(2, 7.5).Values(), Is.EqualTo(new[] { 7.5, 7.5 }));
    }

    [Test]
    public void The_type_is_the_default_one_unless_given()
    {
        Assert.That(zeros(1).dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(zeros(1, dtype: ScalarType.Int16).dtype, Is.EqualTo(ScalarType.Int16));
    }

    [Test]
    public void The_default_type_can_be_changed()
    {
        set_default_dtype(ScalarType.Float64);
        try
        {
            Assert.That(ones(1).dtype, Is.EqualTo(ScalarType.Float64));
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
    }

    [Test]
    public void Gradients_are_asked_for_at_creation()
    {
        using Tensor t = randn(2, 2, requires_grad: true);
        Assert.That(t.requires_grad && t.is_leaf);
    }

    [Test]
    public void A_range_of_whole_numbers_is_of_whole_numbers()
    {
        Assert.That(arange(3).dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(arange(1, 7, 2).Integers(), Is.EqualTo(new long[] { 1, 3, 5 }));
        Assert.That(arange(0, 1, 0.25).Values(), Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75 }));
    }

    [Test]
    public void Even_and_geometric_steps()
    {
        Assert.That(linspace(0, 1, 5).Values(), Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75, 1 }));
        Assert.That(logspace(0, 2, 3).Values(), Is.EqualTo(new double[] { 1, 10, 100 }).Within(1e-4));
    }

    [Test]
    public void Identity_matrices()
    {
        Assert.That(eye(2).Values(), Is.EqualTo(new double[] { 1, 0, 0, 1 }));
        Assert.That(eye(2, 3).shape, Is.EqualTo(new long[] { 2, 3 }));
    }

    [Test]
    public void Like_another_tensor()
    {
        using Tensor t = zeros(2, 3, dtype: ScalarType.Float64);
        Assert.That(ones_like(t).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(t.full_like(4, ScalarType.Int32).Integers(), Is.All.EqualTo(4));
        Assert.That(t.new_zeros(5).dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(randn_like(t).shape, Is.EqualTo(t.shape));
    }

    [Test]
    public void The_same_seed_gives_the_same_numbers()
    {
        manual_seed(7);
        double[] first = rand(4).Values();
        manual_seed(7);
        Assert.That(rand(4).Values(), Is.EqualTo(first));
        Assert.That(rand(4).Values(), Is.Not.EqualTo(first));
    }

    [Test]
    public void A_generator_of_its_own_leaves_the_global_one_alone()
    {
        using var generator = new Generator(3);
        double[] first = randn(4, generator: generator).Values();
        rand(10);
        Assert.That(randn(4, generator: new Generator(3)).Values(), Is.EqualTo(first));
    }

    [Test]
    public void Whole_random_numbers_stay_in_their_range()
    {
        using Tensor t = randint(2, 5, new long[] { 1000 });
        Assert.That(t.dtype, Is.EqualTo(ScalarType.Int64));
        Assert.That(t.unique().output.Integers(), Is.EqualTo(new long[] { 2, 3, 4 }));
    }

    [Test]
    public void A_permutation_has_each_number_once() =>
        Assert.That(randperm(20).Integers().Order(), Is.EqualTo(Enumerable.Range(0, 20)));

    [Test]
    public void Indices_of_a_triangle() =>
        Assert.That(tril_indices(2, 2).Integers(), Is.EqualTo(new long[] { 0, 1, 1, 0, 0, 1 }));

    [Test]
    public void Named_dimensions_are_refused() =>
        Assert.That(() => zeros(2, names: ["x"]), Throws.TypeOf<NotSupportedException>().With.Message.Contains("names"));

    [Test]
    public void A_null_size_is_refused() =>
        Assert.That(() => zeros((long[])null!), Throws.TypeOf<ArgumentNullException>());

    [Test]
    public void The_range_of_a_type_is_that_of_the_standard_library()
    {
        Assert.That(finfo(ScalarType.Float32).max, Is.EqualTo((double)float.MaxValue));
        Assert.That(finfo(ScalarType.Float16).max, Is.EqualTo((double)Half.MaxValue));
        Assert.That(finfo(ScalarType.Float64).eps, Is.EqualTo(Math.BitIncrement(1) - 1));
        Assert.That(() => finfo(ScalarType.Int32), Throws.ArgumentException);
        Assert.That(max_int_value(ScalarType.Int16), Is.EqualTo(short.MaxValue));
    }
}
