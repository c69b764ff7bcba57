using TorchSharp;
using static Lrp.Tests.Decomposition.AffineModel;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>Models write into slices of tensors. What is written is found wherever the slice is read.</summary>
[TestFixture]
public sealed class SliceWriteTests
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

    /// <summary>x has shape (2, 4, 3).</summary>
    private static IEnumerable<TestCaseData> Slices()
    {
        yield return Case("a slice of zeros", x => Into(Zeros(2, 6, 3), y => y[.., 1..5] = x));
        yield return Case("a slice of constants", x => Into(Constants(2, 6, 3), y => y[.., 1..5] = x));
        yield return Case("a whole tensor", x => Into(Constants(2, 4, 3), y => y.copy_(x)));
        yield return Case("one index", x => Into(Constants(5, 4, 3), y => y[2] = x[1]));
        yield return Case("one index from the end", x => Into(Constants(5, 4, 3), y => y[-1] = x[1]));
        yield return Case("two indices", x => Into(Constants(5, 4, 3), y => y[1, 2] = x[1, 0]));
        yield return Case("an ellipsis", x => Into(Constants(2, 4, 5), y => y[TensorIndex.Ellipsis, 1] = x.sum(2)));
        yield return Case("every second", x => Into(Constants(2, 8, 3), y => y[All, TensorIndex.Slice(0, 8, 2)] = x));
        yield return Case("broadcast", x => Into(Constants(5, 2, 4, 3), y => y[1..3] = x));
        yield return Case("broadcast by size", x => Into(Constants(2, 4, 3), y => y[All] = x.sum(1, true)));
        yield return Case("a scalar", x => Into(Constants(2, 4, 3), y => y[0, 1] = x.sum()));
        yield return Case("a transposed view", x => Into(Constants(3, 4, 2), y => y.transpose(0, 2).copy_(x)));
        yield return Case("a permuted slice", x => Into(Constants(4, 6, 2), y => y.permute(2, 0, 1)[.., .., 1..4] = x));
        yield return Case("a flat view", x => Into(Constants(2, 4, 3), y => y.view(-1)[3..9] = x.flatten()[..6]));
        yield return Case("a narrow", x => Into(Constants(2, 6, 3), y => y.narrow(1, 2, 4).copy_(x)));
        yield return Case("a diagonal", x => Into(Constants(4, 4), y => y.diagonal().copy_(x[0].sum(1))));
        yield return Case(
            "overlapping writes",
            x =>
                Into(
                    Constants(2, 6, 3),
                    y =>
                    {
                        y[.., 0..4] = x;
                        y[.., 2..6] = 2 * x;
                        y[.., 3..5] = x[.., ..2];
                    }
                )
        );
        yield return Case(
            "constants over what was written",
            x =>
                Into(
                    Zeros(2, 6, 3),
                    y =>
                    {
                        y[.., 0..4] = x;
                        y[.., 2..3] = Constants(2, 1, 3);
                        y[.., 1] = 5;
                        y[0].zero_();
                    }
                )
        );
        yield return Case(
            "in place on a slice",
            x =>
                Into(
                    Constants(2, 6, 3),
                    y =>
                    {
                        y[.., 1..5].add_(x);
                        y[.., 0..3].mul_(3);
                        y[.., 2..4].sub_(x[.., ..2]);
                        y.neg_();
                    }
                )
        );
        yield return Case(
            "in place on the whole after a slice",
            x =>
                Into(
                    Constants(2, 4, 3),
                    y =>
                    {
                        y[.., 1..3] = x[.., ..2];
                        y.mul_(2).add_(x);
                        y[.., 0] = x[.., 3];
                    }
                )
        );
    }

    [TestCaseSource(nameof(Slices))]
    public void WhatIsWrittenHasTheComponentsOfWhatWasRead(Func<Tensor, Tensor> function) =>
        AssertDecomposed(function, 2, 4, 3);
}
