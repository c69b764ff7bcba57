using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Agglomeration;
using Lrp.Decomposition.Families;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>What a run holds, and what it lets go.</summary>
[TestFixture]
public sealed class RunLifeTests
{
    private static readonly Composite Contextual = new() { { typeof(nn.Module), new ContextualDecomposition() } };

    /// <summary>Nothing is left to the garbage collector, so the number of handles is exact at once.</summary>
    [Test]
    public void ADisposedRunHoldsNoTensor()
    {
        using var model = Network();
        using var x = randn(1, 3, 6, 6);
        Run();
        var before = Tensor.TotalCount;
        Run();
        Assert.That(Tensor.TotalCount, Is.EqualTo(before));

        void Run()
        {
            using var composition = Composition.PerIndex(x, 1);
            using var run = new Composite { { typeof(nn.Module), new Affine() } }.Decompose(model, composition);
            using var output = model.call(x);
            _ = run.Of(output);
        }
    }

    [Test]
    public void AScorerWhoseModelThrowsLeavesNoHookBehind()
    {
        using var scope = NewDisposeScope();
        var model = new Throwing();
        Assert.That(() => new ContextualScorer(Contextual, model, ones(1, 4)), Throws.InstanceOf<Exception>());
        model.Throws = false;
        using var scorer = new ContextualScorer(Contextual, model, ones(1, 4));
        Assert.That(scorer.Score(ones(1, 1, 4, ScalarType.Bool)).shape, Is.EqualTo(new long[] { 1, 4 }));
    }

    [Test]
    public void TwoRunsOfOneModelAtOnceAreRefused()
    {
        using var scope = NewDisposeScope();
        var model = nn.Linear(4, 3);
        using (Contextual.Decompose(model, Composition.PerFeature(ones(1, 4))))
        {
            Assert.That(
                () => Contextual.Decompose(model, Composition.PerFeature(ones(1, 4))),
                Throws.InvalidOperationException.With.Message.Contains("followed by another decomposition")
            );
        }

        using var again = Contextual.Decompose(model, Composition.PerFeature(ones(1, 4)));
    }

    [Test]
    public void CallsOfOneModelOnManyThreadsAreRightOrRefused()
    {
        using var model = nn.Sequential(("a", nn.Linear(4, 8)), ("act", nn.ReLU()), ("b", nn.Linear(8, 3)));
        var (right, refused) = (0, 0);
        Parallel.For(
            0,
            200,
            _ =>
            {
                using var scope = NewDisposeScope();
                var x = randn(1, 4);
                try
                {
                    using var run = Contextual.Decompose(model, Composition.PerFeature(x));
                    var output = model.call(x);
                    using var split = run.Of(output);
                    Assert.That(split.ReconstructionError(), Is.LessThan(1e-3));
                    Interlocked.Increment(ref right);
                }
                catch (InvalidOperationException e)
                    when (e.Message.Contains("another decomposition") || e.Message.Contains("two threads"))
                {
                    Interlocked.Increment(ref refused);
                }
            }
        );
        Assert.That(right, Is.GreaterThan(0));
        Assert.That(right + refused, Is.EqualTo(200));
    }

    [Test]
    public void AModelThatCallsItselfIsFollowed()
    {
        using var scope = NewDisposeScope();
        var model = new Recursive();
        var x = randn(1, 4);
        using var run = Contextual.Decompose(model, Composition.PerFeature(x));
        var output = model.call(x);
        using var split = run.Of(output);
        Assert.That(split.ReconstructionError(), Is.LessThan(1e-5));
        Assert.That(split.Components.abs().sum().item<float>(), Is.GreaterThan(0));
    }

    [Test]
    public void ACallThatThrewDoesNotStopTheNext()
    {
        using var scope = NewDisposeScope();
        var model = new Throwing();
        var x = ones(1, 4);
        using var run = Contextual.Decompose(model, Composition.PerFeature(x));
        Assert.That(() => model.call(x), Throws.InstanceOf<Exception>());
        model.Throws = false;
        using var split = run.Of(model.call(x));
        Assert.That(split.Count, Is.EqualTo(4));
    }

    private static TorchSharp.Modules.Sequential Network() =>
        nn.Sequential(
            nn.Conv2d(3, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace: true),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(16, 5),
            nn.Softmax(1)
        );

    private sealed class Throwing() : nn.Module<Tensor, Tensor>(nameof(Throwing))
    {
        public bool Throws { get; set; } = true;

        public override Tensor forward(Tensor input)
        {
            var half = input / 2;
            return Throws ? throw new InvalidOperationException("on purpose") : half;
        }
    }

    private sealed class Recursive() : nn.Module<Tensor, Tensor>(nameof(Recursive))
    {
        private int _depth;

        public override Tensor forward(Tensor input) => ++_depth % 3 == 0 ? input : call(input * 2) + input;
    }
}
