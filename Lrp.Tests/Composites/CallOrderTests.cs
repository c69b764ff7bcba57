using Lrp.Composites;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static Lrp.Tests.Composites.FirstAndLastLayers;
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
    public void ALayerThatIsCalledSeveralTimesCountsByItsFirstAndItsLastCall()
    {
        var model = new Ends();
        using var registration = FirstAndLast().Register(model);
        model.call(Input());
        // outer, inner, outer, inner, outer: the outer one is first and last, and so the first
        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "inner Epsilon", "outer Flat" }));

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
        Assert.That(RulesIn(second), Is.EqualTo(new[] { "inner Epsilon", "outer WSquare" }));
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
        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "conv WSquare" }));
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
        Assert.That(RulesIn(registration), Is.EqualTo(new[] { "last Epsilon", "middle Epsilon", "first ZPlus" }));
    }

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
