using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Views, joins and splits. The example is [[0, 1, 2], [3, 4, 5]].</summary>
public class ShapeTests
{
    private static Tensor Example => TensorValues.Counting(2, 3);

    [Test]
    public void Reshape_takes_one_extent_from_the_others() =>
        Assert.That(Example.reshape(3, -1).shape, Is.EqualTo(new long[] { 3, 2 }));

    [Test]
    public void A_view_shares_its_elements()
    {
        using Tensor t = Example;
        t.view(6).zero_();
        Assert.That(t.Values(), Is.All.Zero);
    }

    [Test]
    public void Transposes()
    {
        Assert.That(Example.transpose(0, 1).Values(), Is.EqualTo(new double[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That(Example.T.shape, Is.EqualTo(new long[] { 3, 2 }));
        Assert.That(Example.mT.shape, Is.EqualTo(new long[] { 3, 2 }));
    }

    [Test]
    public void Permutes() => Assert.That(TensorValues.Counting(2, 3, 4).permute(2, 0, 1).shape, Is.EqualTo(new long[] { 4, 2, 3 }));

    [Test]
    public void Flattens_a_range_of_dimensions() =>
        Assert.That(TensorValues.Counting(2, 3, 4).flatten(1).shape, Is.EqualTo(new long[] { 2, 12 }));

    [Test]
    public void Unflattens_a_dimension_counted_from_the_end() =>
        Assert.That(TensorValues.Counting(2, 12).unflatten(-1, 3, 4).shape, Is.EqualTo(new long[] { 2, 3, 4 }));

    [Test]
    public void Squeezes_one_dimension_or_all()
    {
        using Tensor t = TensorValues.Counting(1, 2, 1);
        Assert.That(t.squeeze(0).shape, Is.EqualTo(new long[] { 2, 1 }));
        Assert.That(t.squeeze().shape, Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public void Unsqueezes() => Assert.That(Example.unsqueeze(-1).shape, Is.EqualTo(new long[] { 2, 3, 1 }));

    [Test]
    public void Expands_without_copying()
    {
        using Tensor t = TensorValues.Counting(2, 1);
        using Tensor wide = t.expand(2, 3);
        Assert.That(wide.shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(wide.stride(1), Is.Zero);
    }

    [Test]
    public void Repeats() => Assert.That(tensor(new[] { 1f, 2f }).repeat(2, 2).Values(), Is.EqualTo(new double[] { 1, 2, 1, 2, 1, 2, 1, 2 }));

    [Test]
    public void Repeats_each_element() =>
        Assert.That(tensor(new[] { 1f, 2f }).repeat_interleave(2).Values(), Is.EqualTo(new double[] { 1, 1, 2, 2 }));

    [Test]
    public void Concatenates_from_any_collection()
    {
        using Tensor a = Example;
        Tensor[] twice = [a, a];
        Assert.That(cat(twice, 1).shape, Is.EqualTo(new long[] { 2, 6 }));
        Assert.That(cat(twice.ToList()).shape, Is.EqualTo(new long[] { 4, 3 }));
        Assert.That(concat(twice.AsSpan(), 0).shape, Is.EqualTo(new long[] { 4, 3 }));
        Assert.That(vstack(twice).shape, Is.EqualTo(new long[] { 4, 3 }));
        Assert.That(hstack(twice).shape, Is.EqualTo(new long[] { 2, 6 }));
    }

    [Test]
    public void Stacks_along_a_new_dimension() =>
        Assert.That(stack([Example, Example, Example], 1).shape, Is.EqualTo(new long[] { 2, 3, 3 }));

    [Test]
    public void Splits_by_size() =>
        Assert.That(Example.split(2, 1).Select(part => part.shape[1]), Is.EqualTo(new long[] { 2, 1 }));

    [Test]
    public void Splits_by_sizes() =>
        Assert.That(Example.split([1, 2], 1).Select(part => part.shape[1]), Is.EqualTo(new long[] { 1, 2 }));

    [Test]
    public void Chunks() => Assert.That(chunk(arange(7), 3).Select(part => part.shape[0]), Is.EqualTo(new long[] { 3, 3, 1 }));

    [Test]
    public void Tensor_split_makes_parts_as_equal_as_can_be() =>
        Assert.That(arange(7).tensor_split(3).Select(part => part.shape[0]), Is.EqualTo(new long[] { 3, 2, 2 }));

    [Test]
    public void Unbinds() => Assert.That(Example.unbind(1).Select(part => part.Values()[0]), Is.EqualTo(new double[] { 0, 1, 2 }));

    [Test]
    public void Flips() => Assert.That(Example.flip(1).Values(), Is.EqualTo(new double[] { 2, 1, 0, 5, 4, 3 }));

    [Test]
    public void Rolls()
    {
        Assert.That(Example.roll(1, 1).Values(), Is.EqualTo(new double[] { 2, 0, 1, 5, 3, 4 }));
        Assert.That(Example.roll(1).Values(), Is.EqualTo(new double[] { 5, 0, 1, 2, 3, 4 }));
    }

    [Test]
    public void Turns_by_ninety_degrees() => Assert.That(Example.rot90().Values(), Is.EqualTo(new double[] { 2, 5, 1, 4, 0, 3 }));

    [Test]
    public void Triangles()
    {
        Assert.That(ones(2, 2).tril().Values(), Is.EqualTo(new double[] { 1, 0, 1, 1 }));
        Assert.That(ones(2, 2).triu(1).Values(), Is.EqualTo(new double[] { 0, 1, 0, 0 }));
    }

    [Test]
    public void Diagonals()
    {
        Assert.That(Example.diagonal().Values(), Is.EqualTo(new double[] { 0, 4 }));
        Assert.That(diag(tensor(new[] { 1f, 2f })).Values(), Is.EqualTo(new double[] { 1, 0, 0, 2 }));
        Assert.That(diag_embed(Example).shape, Is.EqualTo(new long[] { 2, 3, 3 }));
    }

    [Test]
    public void Windows_over_a_dimension() =>
        Assert.That(arange(4).unfold(0, 2, 1).Integers(), Is.EqualTo(new long[] { 0, 1, 1, 2, 2, 3 }));

    [Test]
    public void Grids_of_coordinates()
    {
        Tensor[] grid = meshgrid([arange(2), arange(3)]);
        Assert.That(grid[0].Integers(), Is.EqualTo(new long[] { 0, 0, 0, 1, 1, 1 }));
        Assert.That(grid[1].Integers(), Is.EqualTo(new long[] { 0, 1, 2, 0, 1, 2 }));
    }

    [Test]
    public void Moves_dimensions() =>
        Assert.That(movedim(TensorValues.Counting(2, 3, 4), 0, 2).shape, Is.EqualTo(new long[] { 3, 4, 2 }));

    [Test]
    public void Broadcasts_several_to_one_shape() =>
        Assert.That(broadcast_tensors(ones(2, 1), ones(3)).Select(t => t.shape), Is.All.EqualTo(new long[] { 2, 3 }));

    [Test]
    public void Parts_of_a_complex_tensor()
    {
        using Tensor z = complex(tensor(new[] { 1f }), tensor(new[] { 2f }));
        Assert.That(z.real.Values(), Is.EqualTo(new double[] { 1 }));
        Assert.That(imag(z).Values(), Is.EqualTo(new double[] { 2 }));
    }

    [Test]
    public void The_shape_that_several_shapes_are_stretched_to()
    {
        Assert.That(broadcast_shapes([2, 1], [3], [1, 1, 1]).Shape, Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(() => broadcast_shapes([2], [3]), Throws.ArgumentException.With.Message.Contains("[2], [3]"));
    }

    [Test]
    public void Types_meet_in_the_wider_one()
    {
        Assert.That(result_type(ones(1), ones(1, dtype: ScalarType.Float64)), Is.EqualTo(ScalarType.Float64));
        Assert.That(promote_types(ScalarType.Int32, ScalarType.Float16), Is.EqualTo(ScalarType.Float16));
        Assert.That(can_cast(ScalarType.Float32, ScalarType.Int64), Is.False);
    }
}
