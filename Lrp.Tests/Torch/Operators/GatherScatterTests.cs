using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Reading and writing by index tensors and masks. The example is [[0, 1, 2], [3, 4, 5]].</summary>
public class GatherScatterTests
{
    private static Tensor Example => TensorValues.Counting(2, 3);

    [Test]
    public void Gathers() =>
        Assert.That(Example.gather(1, tensor(new[,] { { 2L }, { 0L } })).Values(), Is.EqualTo(new double[] { 2, 3 }));

    [Test]
    public void Scatters() =>
        Assert.That(
            zeros(2, 3).scatter(1, tensor(new[,] { { 2L }, { 0L } }), ones(2, 1)).Values(),
            Is.EqualTo(new double[] { 0, 0, 1, 1, 0, 0 }));

    [Test]
    public void Scatter_add_collects_what_meets() =>
        Assert.That(zeros(2).scatter_add(0, tensor(new[] { 0L, 0L, 1L }), tensor(new[] { 1f, 2f, 3f })).Values(), Is.EqualTo(new double[] { 3, 3 }));

    [Test]
    public void Selects_rows() => Assert.That(Example.index_select(0, tensor(new[] { 1L })).Values(), Is.EqualTo(new double[] { 3, 4, 5 }));

    [Test]
    public void Selects_one_index() => Assert.That(Example.select(1, 2).Values(), Is.EqualTo(new double[] { 2, 5 }));

    [Test]
    public void Narrows() => Assert.That(Example.narrow(1, 1, 2).Values(), Is.EqualTo(new double[] { 1, 2, 4, 5 }));

    [Test]
    public void Slices_with_steps() => Assert.That(arange(6).slice(0, 1, 6, 2).Integers(), Is.EqualTo(new long[] { 1, 3, 5 }));

    [Test]
    public void Where_takes_from_one_or_the_other()
    {
        using Tensor t = Example;
        Assert.That(where(t > 2, t, -t).Values(), Is.EqualTo(new double[] { 0, -1, -2, 3, 4, 5 }));
        Assert.That(t.where(t > 2, zeros_like(t)).Values(), Is.EqualTo(new double[] { 0, 0, 0, 3, 4, 5 }));
    }

    [Test]
    public void Masks_read_and_write()
    {
        using Tensor t = Example;
        Assert.That(t.masked_select(t > 3).Values(), Is.EqualTo(new double[] { 4, 5 }));
        Assert.That(t.masked_fill(t > 3, -1).Values(), Is.EqualTo(new double[] { 0, 1, 2, 3, -1, -1 }));
    }

    [Test]
    public void Places_of_what_is_not_zero()
    {
        using Tensor t = tensor(new[,] { { 0, 7 }, { 8, 0 } });
        Assert.That(t.nonzero().Integers(), Is.EqualTo(new long[] { 0, 1, 1, 0 }));
        Assert.That(t.nonzero_as_list()[1].Integers(), Is.EqualTo(new long[] { 1, 0 }));
    }

    [Test]
    public void Adds_at_an_index() =>
        Assert.That(
            zeros(3).index_add(0, tensor(new[] { 2L, 2L }), tensor(new[] { 1f, 1f }), 10).Values(),
            Is.EqualTo(new double[] { 0, 0, 20 }));

    [Test]
    public void Takes_from_the_flat_tensor() =>
        Assert.That(Example.take(tensor(new[] { 5L, 0L })).Values(), Is.EqualTo(new double[] { 5, 0 }));

    [Test]
    public void Fills() => Assert.That(zeros(2).fill_(3).Values(), Is.EqualTo(new double[] { 3, 3 }));
}
