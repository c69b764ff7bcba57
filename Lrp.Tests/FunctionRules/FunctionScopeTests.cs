using Lrp.Core;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>Functions have rules while the registered model runs, on its thread, and nowhere else.</summary>
public class FunctionScopeTests
{
    [Test]
    public void TwoThreadsExplainTwoModels()
    {
        var x = Away(7, 2, 5, 8);
        var expected = new[] { 1, 2 }
            .Select(seed => RelevanceOf(new MixedModel(false, 2 + seed, seed), MixedModel.WithFunctions(), x))
            .ToArray();
        var models = new[] { 1, 2 }.Select(seed => new MixedModel(false, 2 + seed, seed)).ToArray();
        var wrong = 0;
        Parallel.For(
            0,
            2,
            k =>
            {
                using var registration = MixedModel.WithFunctions().Register(models[k], start: RelevanceStart.Gradient);
                for (var n = 0; n < 20; n++)
                {
                    if (!SameBits(Explain(models[k], x), expected[k]))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            }
        );
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public void TwoThreadsExplainOneModel()
    {
        var x = Away(7, 2, 5, 8);
        var model = new MixedModel(false);
        using var registration = MixedModel.WithFunctions().Register(model, start: RelevanceStart.Gradient);
        var expected = Explain(model, x);
        var wrong = 0;
        Parallel.For(
            0,
            40,
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            _ =>
            {
                if (!SameBits(Explain(model, x), expected))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        );
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public void AnExceptionInForwardLeavesNothingBehind()
    {
        var x = Away(7, 2, 5, 8);
        var model = new MixedModel(false);
        using var registration = MixedModel.WithFunctions().Register(model, start: RelevanceStart.Gradient);
        var expected = Explain(model, x);

        model.Failure = new TimeoutException();
        Assert.That(() => Explain(model, x), Throws.TypeOf<TimeoutException>());

        // Sums outside the model have their plain gradient again.
        using var a = ones(2, ScalarType.Float64, requires_grad: true);
        (a + a * 3).sum().backward();
        Assert.That(a.grad!.data<double>().ToArray(), Is.EqualTo(new[] { 4.0, 4.0 }));

        model.Failure = null;
        Assert.That(SameBits(Explain(model, x), expected));
    }

    [Test]
    public void AfterAnExceptionAnotherModelAtTheSamePlaceIsPlain()
    {
        var x = Away(7, 2, 5, 8);
        var registered = new MixedModel(false) { Failure = new TimeoutException() };
        var plain = new MixedModel(false);
        var expected = Explain(plain, x);
        using var registration = MixedModel.WithFunctions().Register(registered);
        var relevance = new List<Tensor>();
        foreach (var model in new[] { registered, plain, registered, plain })
        {
            try
            {
                relevance.Add(Explain(model, x));
            }
            catch (TimeoutException) { }
        }
        Assert.That(relevance, Has.Count.EqualTo(2).And.All.Matches<Tensor>(one => SameBits(one!, expected)));
    }

    [Test]
    public void AfterManyExceptionsAtOnePlaceNothingIsIntercepted()
    {
        var x = Away(7, 2, 5, 8);
        var model = new MixedModel(false);
        using var registration = MixedModel.WithFunctions().Register(model);
        using var a = ones(2, ScalarType.Float64, requires_grad: true);
        for (var n = 0; n < 6; n++)
        {
            model.Failure = n % 2 == 0 ? new TimeoutException() : null;
            try
            {
                Explain(model, x);
            }
            catch (TimeoutException) { }
            a.grad?.zero_();
            (a + a * 3).sum().backward();
            Assert.That(a.grad!.data<double>().ToArray(), Is.EqualTo(new[] { 4.0, 4.0 }));
        }
    }

    [Test]
    public void AnExceptionThatForwardCatchesChangesNothing()
    {
        var x = Away(7, 4).abs();
        var model = new NumberAdded(1, throwing: true);
        var plain = new NumberAdded(1, throwing: false);
        Assert.That(
            SameBits(RelevanceOf(model, NumberAdded.AddOnly(), x), RelevanceOf(plain, NumberAdded.AddOnly(), x))
        );
    }

    [Test]
    public void AfterDisposeTheModelIsAsItWas()
    {
        var x = Away(7, 2, 5, 8);
        var model = new MixedModel(false);
        var before = Explain(model, x);
        MixedModel.WithFunctions().Register(model).Dispose();
        Assert.That(SameBits(Explain(model, x), before));
        Assert.That(model.parameters().All(parameter => parameter.requires_grad));
    }

    [Test]
    public void OtherModelsOnTheThreadArePlain()
    {
        var x = Away(7, 4).abs();
        var other = new NumberAdded(1);
        var before = Explain(other, x);
        using var registration = NumberAdded.AddOnly().Register(new NumberAdded(2), start: RelevanceStart.Gradient);
        Assert.That(SameBits(Explain(other, x), before));
    }

    [Test]
    public void ManyExplanationsLeaveMemoryAlone()
    {
        var x = Away(7, 2, 5, 8);
        var model = new MixedModel(false);
        using var registration = MixedModel.WithFunctions().Register(model, start: RelevanceStart.Gradient);
        Run(100);
        var before = HeldMemory.Now();
        Run(500);
        HeldMemory.AssertNoMoreThan(before);

        void Run(int times)
        {
            for (var n = 0; n < times; n++)
            {
                using var scope = NewDisposeScope();
                _ = Explain(model, x);
            }
        }
    }
}
