using TorchSharp;
using static Lrp.Tests.Decomposition.AffineModel;
using static Lrp.Tests.Decomposition.Scripted;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>Operators that put values into a tensor, or add them to what is there.</summary>
[TestFixture]
public sealed class WriteOperatorTests
{
    private static readonly TensorIndex All = TensorIndex.Colon;

    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(3);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    private static IEnumerable<TestCaseData> Operators()
    {
        var rows = tensor([2L, 0]);
        var index = tensor(
                new long[,]
                {
                    { 0, 2, 1 },
                    { 3, 1, 0 },
                }
            )
            .unsqueeze(1);
        yield return Case("index_put of rows", x => Into(Constants(3, 4, 3), y => y.index_put_(x, rows)));
        yield return Case(
            "index_put of entries",
            x => Into(Constants(3, 4, 3), y => y.index_put_(x[.., 0], rows, tensor([1L, 3])))
        );
        yield return Case(
            "index_put behind a slice",
            x => Into(Constants(4, 3, 3), y => y[All, TensorIndex.Tensor(rows)] = x.transpose(0, 1))
        );
        yield return Case(
            "index_put with a slice between",
            x =>
                Into(Constants(3, 4, 3), y => y[TensorIndex.Tensor(rows), All, TensorIndex.Tensor(rows)] = x[.., .., 0])
        );
        yield return Case("index_put broadcast", x => Into(Constants(3, 4, 3), y => y.index_put_(x[0, 0], rows)));
        yield return Case(
            "index_put into a slice",
            x => Into(Constants(3, 6, 3), y => y[.., 1..5].index_put_(x, rows))
        );
        yield return Case(
            "index_put added",
            x => Into(Constants(3, 4, 3), y => y.index_put_(x, [tensor([1L, 1])], accumulate: true))
        );
        yield return Case(
            "index_put added with a slice between",
            x => Call("index_put_plus", Constants(3, 4, 3), rows, x[.., .., 0])
        );
        yield return Case(
            "index_put by a mask",
            x => Into(Constants(2, 4, 3), y => y[TensorIndex.Tensor(y.gt(0))] = x.sum())
        );
        yield return Case(
            "index_put of a number",
            x => Into(x * 2, y => y[TensorIndex.Tensor(rows.remainder(2))] = 3.0)
        );
        yield return Case(
            "index_put of constants",
            x => Into(x * 2, y => y.index_put_(Constants(1, 4, 3), tensor([1L])))
        );
        yield return Case(
            "index_put of several values at one place, of which the last stays",
            x => Into(Constants(3, 3), y => y.index_put_(x[0], tensor([1L, 1, 2, 1])))
        );
        yield return Case("scatter", x => x.scatter(1, index, 2 * x));
        yield return Case("scatter into constants", x => Constants(2, 4, 3).scatter(1, index, x));
        yield return Case("scatter of constants", x => x.scatter(1, index, Constants(2, 4, 3)));
        yield return Case("scatter in place", x => Into(Constants(2, 4, 3), y => y.scatter_(1, index, x)));
        yield return Case("scatter of a number", x => Into(x * 2, y => Call("scatter_number", y, index)));
        yield return Case("scatter that adds", x => Into(x * 2, y => Call("scatter_plus", y, index, x * 3)));
        yield return Case("scatter_add", x => x.scatter_add(1, zeros_like(index), 2 * x));
        yield return Case("scatter_add in place", x => Into(Constants(2, 4, 3), y => y.scatter_add_(-2, index, x)));
        yield return Case("scatter_add of constants", x => x.scatter_add(1, index, Constants(2, 4, 3)));
        yield return Case("scatter_reduce", x => Call("scatter_sum", x, index, x * 3));
        yield return Case("index_add", x => x.index_add(1, tensor([1L, 1, 0, 2]), 2 * x, 3));
        yield return Case(
            "index_add in place",
            x => Into(Constants(2, 4, 3), y => y.index_add_(-1, tensor([1L, 1, 0]), x, 1))
        );
        yield return Case("index_copy", x => x.index_copy(1, tensor([1L, 3]), x[.., ..2]));
        yield return Case(
            "index_copy in place",
            x => Into(Constants(2, 6, 3), y => y.index_copy_(1, tensor([5L, 0, 2, 3]), x))
        );
        yield return Case("index_fill", x => Into(x * 2, y => y.index_fill_(1, tensor([1L, 3]), 2)));
        yield return Case("index_fill of a component", x => Call("index_fill", x, tensor([1L, 3]), x.sum()));
        yield return Case("masked_fill", x => Into(x * 2, y => y.masked_fill_(Constants(2, 4, 3).gt(0), 2)));
        yield return Case(
            "masked_fill of a component",
            x => Call("masked_fill", Constants(2, 4, 3), Constants(4, 3).gt(0), x.sum())
        );
        yield return Case("masked_scatter", x => x.masked_scatter(Constants(2, 4, 3).gt(0), 2 * x));
        yield return Case(
            "masked_scatter in place",
            x => Into(Constants(2, 4, 3), y => y.masked_scatter_(Constants(4, 3).gt(0), x))
        );
        yield return Case(
            "masked_scatter of constants",
            x => x.masked_scatter(Constants(4, 3).gt(0), Constants(2, 4, 3))
        );
        yield return Case("where", x => where(Constants(2, 4, 3).gt(0), x, 2 * x[.., ..1]));
        yield return Case("where with constants", x => where(Constants(4, 1).gt(0), Constants(2, 4, 3), x));
        yield return Case("slice_scatter", x => Constants(2, 6, 3).slice_scatter(x, 1, 1, 5));
        yield return Case("select_scatter", x => x.select_scatter(2 * x[.., 0], 1, 2));
        yield return Case("diagonal_scatter", x => x[0, ..3].diagonal_scatter(x[1, 0]));
        yield return Case("put", x => Call("put", Constants(2, 4, 3), tensor([3L, 7, 1]), x[0, 0]));
        yield return Case("put that adds", x => Call("put_plus", x * 2, tensor([3L, 7, 3]), x[0, 0]));
        yield return Case("fill with a component", x => Call("fill", Constants(2, 2), x.sum()));
        yield return Case("a diagonal filled", x => Call("fill_diagonal", x[0] * 2));
    }

    [TestCaseSource(nameof(Operators))]
    public void WhatIsWrittenHasTheComponentsOfWhatWasRead(Func<Tensor, Tensor> function) =>
        AssertDecomposed(function, 2, 4, 3);

    [Test]
    public void OperatorsWithATensorForTheirResultAreFollowed()
    {
        AffineModel.AssertDecomposed(
            x =>
            {
                var (y, to) = (x * 2, Constants(4, 3));
                var (sum, view) = (y + to, to[1..3]);
                Call("add_out", y, x, to);
                return cat([sum, to, view]);
            },
            4,
            3
        );
    }
}
