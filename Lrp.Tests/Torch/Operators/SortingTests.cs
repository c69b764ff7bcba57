using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Order, ranks and bins.</summary>
public class SortingTests
{
    private static Tensor Example => tensor(new[] { 3f, 1f, 2f });

    [Test]
    public void Sorts_and_tells_where_each_value_stood()
    {
        var (values, indices) = Example.sort();
        Assert.That(values.Values(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(indices.Integers(), Is.EqualTo(new long[] { 1, 2, 0 }));
    }

    [Test]
    public void Sorts_downwards() =>
        Assert.That(sort(Example, descending: true).values.Values(), Is.EqualTo(new double[] { 3, 2, 1 }));

    [Test]
    public void A_stable_sort_keeps_the_order_of_equals() =>
        Assert.That(zeros(5).sort(stable: true).Indices.Integers(), Is.EqualTo(new long[] { 0, 1, 2, 3, 4 }));

    [Test]
    public void The_k_largest()
    {
        var (values, indexes) = Example.topk(2);
        Assert.That(values.Values(), Is.EqualTo(new double[] { 3, 2 }));
        Assert.That(indexes.Integers(), Is.EqualTo(new long[] { 0, 2 }));
    }

    [Test]
    public void The_k_smallest() =>
        Assert.That(topk(Example, 2, largest: false).values.Values(), Is.EqualTo(new double[] { 1, 2 }));

    [Test]
    public void Ranks() => Assert.That(Example.argsort(descending: true).Integers(), Is.EqualTo(new long[] { 0, 2, 1 }));

    [Test]
    public void Distinct_values_with_what_was_asked_for()
    {
        var (output, inverse, counts) = tensor(new[] { 2L, 1L, 2L }).unique(return_counts: true);
        Assert.That(output.Integers(), Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(inverse is null);
        Assert.That(counts!.Integers(), Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public void Runs_of_equal_values() =>
        Assert.That(tensor(new[] { 1L, 1L, 2L, 1L }).unique_consecutive().output.Integers(), Is.EqualTo(new long[] { 1, 2, 1 }));

    [Test]
    public void Bins() =>
        Assert.That(bucketize(tensor(new[] { 0f, 1f, 2.5f }), tensor(new[] { 1f, 2f })).Integers(), Is.EqualTo(new long[] { 0, 0, 2 }));

    [Test]
    public void Histogram()
    {
        var (counts, edges) = histogram(tensor(new[] { 0f, 1f, 1f, 2f }), 2, (0, 2));
        Assert.That(counts.Values(), Is.EqualTo(new double[] { 1, 3 }));
        Assert.That(edges.Values(), Is.EqualTo(new double[] { 0, 1, 2 }));
    }
}
