using TorchSharp;
using static Lrp.Tests.Decomposition.AffineModel;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>What is written through one tensor is read through all others that share its memory.</summary>
[TestFixture]
public sealed class AliasTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(3);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    private static IEnumerable<TestCaseData> Aliases()
    {
        yield return Case(
            "a view made before",
            x =>
            {
                var cache = Constants(2, 6, 3);
                var view = cache[.., 2..4];
                cache[.., 1..5] = x;
                return view * 2;
            }
        );
        yield return Case(
            "a view of a tracked tensor made before",
            x =>
            {
                var y = x * 2;
                var (before, flat) = (y[.., 1..3], y.view(-1));
                y[.., 2] = x[.., 0];
                return cat([before.flatten(), flat, y.flatten()]);
            }
        );
        yield return Case(
            "the base of a view that was changed",
            x =>
            {
                var y = x * 2;
                y.view(-1).mul_(3);
                return y + 1;
            }
        );
        yield return Case(
            "a view of a view",
            x =>
            {
                var y = x * 2;
                var row = y[1].transpose(0, 1)[1];
                y[1, 2..4] = x[0, ..2];
                row[0] = 7;
                return cat([row, y.flatten()]);
            }
        );
        yield return Case(
            "exchange without a copy",
            x =>
            {
                var y = x * 2;
                var first = y[.., 0];
                y[.., 0] = y[.., 1];
                y[.., 1] = first;
                return y;
            }
        );
        yield return Case(
            "a value used before it is overwritten",
            x =>
            {
                var y = x * 2;
                var sum = y.sum(1) * y[.., 0].exp().detach().sign();
                y[.., 0] = x[.., 3];
                return sum + y.sum(1);
            }
        );
        yield return Case(
            "a constant used before it is overwritten",
            x =>
            {
                var cache = Constants(2, 4, 3);
                var read = x * cache;
                cache[.., 1..3] = x[.., ..2];
                return read + cache;
            }
        );
        yield return Case(
            "a constant overwritten by a constant",
            x =>
            {
                var factor = Constants(2, 4, 3);
                var mask = factor.gt(0);
                var read = (x * factor).masked_fill(mask, 2);
                factor.mul_(-3);
                mask.logical_not_();
                return read + (x * factor).masked_fill(mask, 3);
            }
        );
        yield return Case(
            "the input itself",
            x =>
            {
                var last = x[.., 3] * 2;
                x[.., 0..2] = x[.., 2..4];
                x.mul_(2);
                return cat([x.flatten(), last.flatten()]);
            }
        );
        yield return Case(
            "a loop over steps",
            x =>
            {
                var y = Zeros(2, 4, 3);
                y[.., 0] = x[.., 0];
                for (var t = 1; t < 4; t++)
                {
                    y[.., t] = y[.., t - 1] * 0.5 + x[.., t];
                }

                return y;
            }
        );
        yield return Case(
            "a rolling cache",
            x =>
            {
                var cache = Constants(2, 6, 3);
                var read = cache.sum(1, true) * x;
                cache[.., ..2] = cache[.., 4..6].clone();
                cache[.., 2..6] = x;
                return read + cache.sum(1, true);
            }
        );
        yield return Case(
            "split and chunk",
            x =>
            {
                var y = x * 2;
                var pieces = y.chunk(2, 1);
                pieces[0].add_(pieces[1]);
                return y + pieces[0].sum(1, true);
            }
        );
        yield return Case(
            "shapes changed in place",
            x =>
            {
                var y = x * 2;
                var view = y.view(8, 3);
                y.unsqueeze_(0).squeeze_(0).transpose_(0, 1);
                y[0] = x[.., 0] * 3;
                return view + 0 * y.sum();
            }
        );
        yield return Case(
            "a copy is no view",
            x =>
            {
                var y = x * 2;
                var copy = y.clone();
                copy[.., 0] = 1;
                y[.., 1] = x[.., 0];
                return cat([y, copy]);
            }
        );
        yield return Case(
            "a reshape that copies",
            x =>
            {
                var y = x * 2;
                var turned = y.transpose(0, 1).reshape(-1);
                y[.., 0] = 4;
                turned[0..5] = x.flatten()[2..7];
                return cat([y.flatten(), turned]);
            }
        );
    }

    [TestCaseSource(nameof(Aliases))]
    public void WhatIsWrittenHasTheComponentsOfWhatWasRead(Func<Tensor, Tensor> function) =>
        AssertDecomposed(function, 2, 4, 3);

    [Test]
    public void RandomWritesAndReads([Range(0, 19)] int seed)
    {
        var random = new Random(seed);
        var program = Enumerable.Range(0, 12).Select(_ => (random.Next(), random.Next(), random.Next())).ToList();
        AffineModel.AssertDecomposed(Run, 4, 6);

        Tensor Run(Tensor x)
        {
            var memory = Constants(8, 6);
            List<Tensor> views = [memory, memory[2..6], x * 2, memory.transpose(0, 1)];
            foreach (var (kind, first, second) in program)
            {
                var (target, source) = (Piece(first), Piece(second));
                switch (kind % 5)
                {
                    case 0:
                        target.copy_(source.clone());
                        break;
                    case 1:
                        target.add_(source.clone());
                        break;
                    case 2:
                        target.mul_(0.5);
                        break;
                    case 3:
                        views.Add(target);
                        break;
                    default:
                        views.Add(target + source);
                        break;
                }
            }

            return cat([.. views.Select(view => view.flatten())]);

            Tensor Piece(int number)
            {
                var view = views[number / 7 % views.Count];
                var (rows, columns) = (number / 101 % (view.shape[0] - 1), number / 1009 % (view.shape[1] - 1));
                return view[(int)rows..((int)rows + 2), (int)columns..((int)columns + 2)];
            }
        }
    }
}
