using Lrp.Composites;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.Engine;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace Lrp.Tests.Composites;

/// <summary>The first and the last layer are those of the first forward pass, not of the declaration.</summary>
[TestFixture]
public sealed class CallOrderTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void AModelThatDeclaresItsClassifierFirstIsExplainedAsIfItsLayersWereNamed([Values] bool functions)
    {
        var model = new Backwards();
        var byOrder = new Composite
        {
            { typeof(Linear), LrpRule.Epsilon() },
            { LayerKey.First(LayerTypes.Linear), LrpRule.WSquare() },
            { LayerKey.Last(LayerTypes.Linear), LrpRule.ZPlus() },
        };
        var byName = new Composite
        {
            { "first", LrpRule.WSquare() },
            { "last", LrpRule.ZPlus() },
            { typeof(Linear), LrpRule.Epsilon() },
        };
        if (functions)
        {
            byOrder.Add(Functions.AttnLrp);
            byName.Add(Functions.AttnLrp);
        }

        AssertSame(byOrder, byName, model);
    }

    [Test]
    public void ALayerThatHasNoRuleOtherwiseGetsThatOfTheLastInTheFirstPassToo([Values] bool functions)
    {
        var model = new Backwards();
        var byOrder = new Composite { { LayerKey.Last(LayerTypes.Linear), LrpRule.ZPlus() } };
        var byName = new Composite { { "last", LrpRule.ZPlus() } };
        if (functions)
        {
            byOrder.Add(Functions.AttnLrp);
            byName.Add(Functions.AttnLrp);
        }

        AssertSame(byOrder, byName, model);
    }

    [Test]
    public void ARuleThatNeedsTheGraphIsTheSameWhetherFunctionsHaveRulesOrNot()
    {
        var model = new Backwards();
        AssertSame(
            new Composite { { LayerKey.Last(LayerTypes.Linear), LrpRule.Taylor() }, { Functions.AttnLrp } },
            new Composite { { "last", LrpRule.Taylor() }, { Functions.AttnLrp } },
            model
        );
    }

    [Test]
    public void NullMeansThePlainGradientOfTheLayerThatIsFound([Values] bool functions)
    {
        var model = new Backwards();
        var byOrder = new Composite
        {
            { LayerKey.First(LayerTypes.Linear), null },
            { LayerKey.Last(LayerTypes.Linear), null },
            { typeof(Linear), LrpRule.Epsilon() },
        };
        var byName = new Composite
        {
            { "first", null },
            { "last", null },
            { typeof(Linear), LrpRule.Epsilon() },
        };
        if (functions)
        {
            byOrder.Add(Functions.AttnLrp);
            byName.Add(Functions.AttnLrp);
        }

        AssertSame(byOrder, byName, model);
        using var registration = byOrder.Register(model);
        model.call(Input());
        Assert.That(registration.Describe(), Does.Match(@"first +Linear +- +plain gradient"));
        Assert.That(registration.Describe(), Does.Match(@"last +Linear +- +plain gradient"));
    }

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

        Assert.That(Rules(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
    }

    [Test]
    public void APassThatFailsDoesNotDecideAboutTheLastLayer()
    {
        var model = new Backwards { Throws = true };
        using var registration = FirstAndLast().Register(model);
        Assert.That(() => model.call(Input()), Throws.InvalidOperationException);
        model.Throws = false;
        model.call(Input());
        Assert.That(Rules(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
    }

    [Test]
    public void WhereTheModelRunsByForwardTheBackwardPassDecides()
    {
        var model = new Backwards();
        using var registration = FirstAndLast().Register(model);
        var x = Input();
        model.forward(x).sum().backward();
        Assert.That(Rules(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
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
        Assert.That(Rules(registration), Is.EqualTo(new[] { "last Epsilon", "middle Flat", "first Epsilon" }));
        var x = Input();
        model.call(x).sum().backward();
        middle.call(Input()).sum().backward();
        Assert.That(Rules(registration), Is.EqualTo(new[] { "last WSquare", "middle Epsilon", "first Flat" }));
        Assert.That(x.grad!.allclose(expected, 1e-12, 1e-12), Is.True);
    }

    [Test]
    public void ALayerThatIsCalledSeveralTimesCountsByItsFirstAndItsLastCall()
    {
        var model = new Ends();
        using var registration = FirstAndLast().Register(model);
        model.call(Input());
        // outer, inner, outer, inner, outer: the outer one is first and last, and so the first
        Assert.That(Rules(registration), Is.EqualTo(new[] { "inner Epsilon", "outer Flat" }));

        var lasting = new Composite
        {
            { typeof(Linear), LrpRule.Epsilon() },
            { LayerKey.Last(LayerTypes.Linear), LrpRule.WSquare() },
        };
        registration.Dispose();
        using var second = lasting.Register(model);
        var x = Input();
        model.call(x).sum().backward();
        second.ThrowIfFaulted();
        Assert.That(Rules(second), Is.EqualTo(new[] { "inner Epsilon", "outer WSquare" }));
        using var other = new Ends();
        other.load_state_dict(model.state_dict());
        Assert.That(
            x.grad!.Equals(
                Relevance(new Composite { { "outer", LrpRule.WSquare() }, { "inner", LrpRule.Epsilon() } }, other)
            ),
            Is.True
        );
    }

    [Test]
    public void TheFirstLayerThatAnyEntryMatchesGetsTheRuleOfThatEntry()
    {
        var model = nn.Sequential(("conv", nn.Conv1d(1, 2, 3)), ("flat", nn.Flatten()), ("fc", nn.Linear(8, 2)));
        using var registration = new Composite
        {
            { LayerKey.First(typeof(Linear)), LrpRule.Flat() },
            { LayerKey.First(LayerTypes.Convolution), LrpRule.WSquare() },
        }.Register(model);
        model.call(randn(1, 1, 6).requires_grad_());
        Assert.That(Rules(registration), Is.EqualTo(new[] { "conv WSquare" }));
    }

    [Test]
    public void ANameCountsBeforeTheFirstLayerAndNoOtherLayerIsTheFirstInItsPlace()
    {
        var model = new Backwards();
        using var registration = new Composite
        {
            { "first", LrpRule.ZPlus() },
            { LayerKey.First(LayerTypes.Linear), LrpRule.Flat() },
            { typeof(Linear), LrpRule.Epsilon() },
        }.Register(model);
        model.call(Input());
        Assert.That(Rules(registration), Is.EqualTo(new[] { "last Epsilon", "middle Epsilon", "first ZPlus" }));
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

    [TestCase("first")]
    [TestCase("middle")]
    [TestCase("last")]
    public void TheRelevanceAtALayerIsRecordedOnceWhetherItIsFoundOrNot(string name)
    {
        var model = new Backwards();
        using var registration = new Composite
        {
            { LayerKey.First(LayerTypes.Linear), LrpRule.Flat() },
            { LayerKey.Last(LayerTypes.Linear), LrpRule.WSquare() },
        }.Register(model);
        using var record = registration.Record(name);
        for (var pass = 0; pass < 2; pass++)
        {
            model.call(Input()).sum().backward();
            Assert.That(record.All, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void ThePassesOfSeveralThreadsAgree()
    {
        var model = new Backwards();
        var expected = Relevance(ByName(), model);
        using var registration = FirstAndLast().Register(model);
        Parallel.For(
            0,
            8,
            _ =>
            {
                using var inner = NewDisposeScope();
                var x = Input();
                model.call(x).sum().backward();
                Assert.That(x.grad!.allclose(expected, 1e-12, 1e-12), Is.True);
            }
        );
        registration.ThrowIfFaulted();
    }

    private static Composite FirstAndLast() =>
        new()
        {
            { typeof(Linear), LrpRule.Epsilon() },
            { LayerKey.First(LayerTypes.Linear), LrpRule.Flat() },
            { LayerKey.Last(LayerTypes.Linear), LrpRule.WSquare() },
        };

    private static Composite ByName() =>
        new()
        {
            { typeof(Linear), LrpRule.Epsilon() },
            { "first", LrpRule.Flat() },
            { "last", LrpRule.WSquare() },
        };

    /// <summary>One composite gives what the other gives, in its first pass and in its second.</summary>
    private static void AssertSame(Composite actual, Composite expected, Backwards model)
    {
        var named = Relevance(expected, model);
        using var registration = actual.Register(model);
        for (var pass = 0; pass < 2; pass++)
        {
            var x = Input();
            model.call(x).sum().backward();
            registration.ThrowIfFaulted();
            Assert.That(named.abs().max().item<double>(), Is.GreaterThan(0));
            Assert.That((x.grad! - named).abs().max().item<double>(), Is.LessThan(1e-12), $"pass {pass}");
        }
    }

    private static Tensor Relevance(Composite composite, nn.Module<Tensor, Tensor> model)
    {
        using var registration = composite.Register(model);
        var x = Input();
        model.call(x).sum().backward();
        registration.ThrowIfFaulted();
        return x.grad!.clone();
    }

    private static IEnumerable<string> Rules(Lrp.Core.Registrations.Registration registration) =>
        registration.Sites.Select(site => $"{site.Name} {site.Rule!.GetType().Name}");

    private static Tensor Input()
    {
        using var generator = new Generator(3);
        return rand([2, 4], ScalarType.Float64, generator: generator).requires_grad_();
    }

    /// <summary>Declares its layers in the reverse order of use.</summary>
    private sealed class Backwards : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _last;
        private readonly Linear _middle;
        private readonly Linear _first;

        public Backwards()
            : base(nameof(Backwards))
        {
            manual_seed(5);
            _last = nn.Linear(4, 3);
            _middle = nn.Linear(4, 4);
            _first = nn.Linear(4, 4);
            register_module("last", _last);
            register_module("middle", _middle);
            register_module("first", _first);
            this.to(ScalarType.Float64);
        }

        public bool Throws { get; set; }

        public override Tensor forward(Tensor input)
        {
            var features = _middle.call(_first.call(input).relu());
            return Throws ? throw new InvalidOperationException("on purpose") : _last.call(features + input);
        }
    }

    private sealed class Ends : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _inner;
        private readonly Linear _outer;

        public Ends()
            : base(nameof(Ends))
        {
            manual_seed(6);
            _inner = nn.Linear(4, 4);
            _outer = nn.Linear(4, 4);
            register_module("inner", _inner);
            register_module("outer", _outer);
            this.to(ScalarType.Float64);
        }

        public override Tensor forward(Tensor input) =>
            _outer.call(_inner.call(_outer.call(_inner.call(_outer.call(input)))));
    }
}
