using System.Runtime.InteropServices;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch;

public sealed class IndexingTests
{
    private DisposeScope _scope = null!;
    private Tensor _table = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        _table = arange(24, dtype: int64).reshape(2, 3, 4);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    private static long[] Flat(Tensor t) => t.contiguous().data<long>().ToArray();

    [Test]
    public void Numbers_select_and_drop_dimensions()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_table[1, 2, 3].item<long>(), Is.EqualTo(23));
            Assert.That(_table[-1, -1, -1].item<long>(), Is.EqualTo(23));
            Assert.That(_table[1].shape, Is.EqualTo(new long[] { 3, 4 }));
        });
    }

    [Test]
    public void Slices_keep_dimensions()
    {
        Tensor t = _table[TensorIndex.Colon, TensorIndex.Slice(1, 3), TensorIndex.Slice(null, null, 2)];
        Assert.Multiple(() =>
        {
            Assert.That(t.shape, Is.EqualTo(new long[] { 2, 2, 2 }));
            Assert.That(Flat(t), Is.EqualTo(new long[] { 4, 6, 8, 10, 16, 18, 20, 22 }));
        });
    }

    [Test]
    public void Ranges_and_ends_from_the_back_are_slices()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Flat(_table[0, 0, 1..3]), Is.EqualTo(new long[] { 1, 2 }));
            Assert.That(Flat(_table[0, 0, ^2..]), Is.EqualTo(new long[] { 2, 3 }));
            Assert.That(_table[TensorIndex.Ellipsis, ^1].shape, Is.EqualTo(new long[] { 2, 3 }));
        });
    }

    [Test]
    public void An_ellipsis_stands_for_the_dimensions_not_named()
    {
        Assert.That(Flat(_table[TensorIndex.Ellipsis, 0]), Is.EqualTo(new long[] { 0, 4, 8, 12, 16, 20 }));
    }

    [Test]
    public void None_makes_a_new_dimension()
    {
        Assert.That(_table[TensorIndex.None, TensorIndex.Ellipsis, TensorIndex.None].shape, Is.EqualTo(new long[] { 1, 2, 3, 4, 1 }));
    }

    [Test]
    public void Index_tensors_gather()
    {
        Tensor rows = tensor(new long[] { 2, 0 });
        Assert.That(Flat(_table[TensorIndex.Single(0), TensorIndex.Tensor(rows), TensorIndex.Single(1)]), Is.EqualTo(new long[] { 9, 1 }));
    }

    [Test]
    public void A_mask_picks_the_elements_where_it_is_true()
    {
        Assert.That(Flat(_table[_table > 20]), Is.EqualTo(new long[] { 21, 22, 23 }));
    }

    [Test]
    public void Assignment_writes_through_slices_masks_and_index_tensors()
    {
        _table[0, 0] = full(4, -1, int64);
        _table[_table > 20] = tensor(0L);
        _table[TensorIndex.Single(1), TensorIndex.Tensor(tensor(new long[] { 0, 1 })), TensorIndex.Single(0)] = tensor(new long[] { 100, 200 });
        Assert.Multiple(() =>
        {
            Assert.That(Flat(_table[0, 0]), Is.EqualTo(new long[] { -1, -1, -1, -1 }));
            Assert.That(Flat(_table[1, 2]), Is.EqualTo(new long[] { 20, 0, 0, 0 }));
            Assert.That(_table[1, 1, 0].item<long>(), Is.EqualTo(200));
        });
    }

    [Test]
    public void Accumulating_assignment_adds_for_each_repeated_index()
    {
        Tensor counts = zeros(3, dtype: int64);
        counts.index_put_(tensor(new long[] { 1, 1, 1 }), [tensor(new long[] { 0, 0, 2 })], accumulate: true);
        Assert.That(Flat(counts), Is.EqualTo(new long[] { 2, 0, 1 }));
    }

    [Test]
    public void A_view_shares_memory_with_its_tensor()
    {
        _table[1, 1].fill_(7);
        Assert.That(_table[1, 1, 2].item<long>(), Is.EqualTo(7));
    }

    [Test]
    public void Gradients_flow_through_an_index()
    {
        Tensor x = arange(3.0, dtype: float64).requires_grad_();
        (x[1] * 5).backward();
        Assert.That(x.grad!.data<double>().ToArray(), Is.EqualTo(new double[] { 0, 5, 0 }));
    }

    [Test]
    public void An_index_out_of_range_names_the_operator_and_the_shape()
    {
        Assert.That(() => _table[2], Throws.InstanceOf<ExternalException>().With.Message.Contains("select").And.Message.Contains("[2, 3, 4]"));
    }

    [Test]
    public void Too_many_indices_name_the_shape()
    {
        Assert.That(() => _table[TensorIndex.Single(0), TensorIndex.Single(0), TensorIndex.Single(0), TensorIndex.Single(0)], Throws.ArgumentException.With.Message.Contains("[2, 3, 4]"));
    }
}
