using Lrp.Composites;
using Lrp.Tests.Engine;
using TorchSharp;
using static Lrp.Tests.Composites.FirstAndLastLayers;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace Lrp.Tests.Composites;

/// <summary>Which pass decides about the first and the last layer, and what is said before and after it.</summary>
[TestFixture]
public sealed class OrderDecisionTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void DescribeTellsThatThePassDecidesAndThenWhatItDecided()
    {
        var model = new Backwards();
        using var registration = FirstAndLast().Register(model);
        var before = registration.Describe();
        model.call(Input());
        var after = registration.Describe();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                before,
                Does.Match(
                    @"first +Linear +Epsilon\(epsilon: 1e-06\) +decided by the first forward pass: Flat\(.*\) if "
                        + @"called first, WSquare\(.*\) if called last"
                )
            );
            Assert.That(after, Does.Not.Contain("decided"));
            Assert.That(after, Does.Match(@"first +Linear +Flat"));
            Assert.That(after, Does.Match(@"middle +Linear +Epsilon"));
            Assert.That(after, Does.Match(@"last +Linear +WSquare"));
        }
    }

    [Test]
    public void APassWithoutGradientsDecides()
    {
        var model = new Backwards();
        using var registration = FirstAndLast().Register(model);
        using (no_grad())
        {
            model.call(Input());
        }

        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
    }

    [Test]
    public void APassThatFailsDoesNotDecideAboutTheLastLayer()
    {
        var model = new Backwards { Throws = true };
        using var registration = FirstAndLast().Register(model);
        Assert.That(() => model.call(Input()), Throws.InvalidOperationException);
        model.Throws = false;
        model.call(Input());
        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
    }

    [Test]
    public void WhereTheModelRunsByForwardTheBackwardPassDecides()
    {
        var model = new Backwards();
        using var registration = FirstAndLast().Register(model);
        var x = Input();
        model.forward(x).sum().backward();
        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
        registration.ThrowIfFaulted();
    }

    [Test]
    public void WhatAPartOfTheModelShowsHoldsUntilTheModelIsCalled()
    {
        var model = new Backwards();
        var expected = Relevance(ByName(), model);
        using var registration = FirstAndLast().Register(model);
        var middle = (Linear)model.named_children().Single(child => child.name == "middle").module;
        middle.call(Input()).sum().backward();
        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "last Epsilon", "middle Flat", "first Epsilon" }));
        var x = Input();
        model.call(x).sum().backward();
        middle.call(Input()).sum().backward();
        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
        Assert.That(x.grad!.allclose(expected, 1e-12, 1e-12), Is.True);
    }

    [Test]
    public void WithOneCandidateRegisterDecides()
    {
        var model = nn.Sequential(("fc", nn.Linear(4, 2)), ("act", nn.ReLU()));
        var logger = new CollectingLogger();
        using var registration = new Composite { { LayerKey.First(LayerTypes.Linear), LrpRule.Flat() } }.Register(
            model,
            logger
        );
        Assert.That(registration.Describe(), Does.Match(@"fc +Linear +Flat.*\n"));
        Assert.That(logger.Warnings, Is.Empty);
    }

    [Test]
    public void LayersThatWereNotFoundAndHaveNoEntryAreReportedAfterThePass()
    {
        var model = new Backwards();
        var logger = new CollectingLogger();
        using var registration = new Composite { { LayerKey.First(LayerTypes.Linear), LrpRule.Flat() } }.Register(
            model,
            logger
        );
        Assert.That(logger.Warnings, Is.Empty);
        model.call(Input());
        Assert.That(logger.Warnings, Has.Some.Contains("'middle' (Linear), ").Or.Contains("'last' (Linear), 'middle'"));
        Assert.That(logger.Warnings, Has.None.Contains("'first'"));
    }

    [Test]
    public void ARuleThatTheLayerCannotTakeFailsInThePassAndNamesBoth([Values] bool first)
    {
        var model = nn.Sequential(("conv", nn.Conv1d(1, 2, 3)), ("act", nn.ReLU()), ("conv2", nn.Conv1d(2, 2, 3)));
        var types = new[] { typeof(TorchSharp.Modules.ReLU), typeof(TorchSharp.Modules.Conv1d) };
        var model2 = nn.Sequential(("act", nn.ReLU()), ("conv", nn.Conv1d(1, 2, 3)), ("act2", nn.ReLU()));
        using var registration = new Composite
        {
            { first ? LayerKey.First(types) : LayerKey.Last(types), LrpRule.ZPlus() },
            { typeof(TorchSharp.Modules.Conv1d), LrpRule.Epsilon() },
        }.Register(model2);
        for (var call = 0; call < 2; call++)
        {
            Assert.That(
                () => model2.call(randn(1, 1, 8).requires_grad_()),
                Throws
                    .InvalidOperationException.With.Message.Contains(
                        first ? "'act' (ReLU) first" : "'act2' (ReLU) last"
                    )
                    .And.Message.Contains("ZPlus")
            );
        }

        using var fits = new Composite { { LayerKey.First(types), LrpRule.ZPlus() } }.Register(model);
        Assert.That(() => model.call(randn(1, 1, 8).requires_grad_()), Throws.Nothing);
    }

    [Test]
    public void ARuleThatNoCandidateCanTakeIsRefusedByRegister() =>
        Assert.That(
            () =>
                new Composite { { LayerKey.Last([typeof(TorchSharp.Modules.ReLU)]), LrpRule.ZPlus() } }.Register(
                    nn.Sequential(("a", nn.ReLU()), ("b", nn.ReLU()))
                ),
            Throws.ArgumentException.With.Message.Contains("ZPlus").And.Message.Contains("(ReLU)")
        );
}
