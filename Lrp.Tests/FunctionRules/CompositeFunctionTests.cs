using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

public class CompositeFunctionTests
{
    private static readonly Composite Modules = new() { { typeof(Linear), new Epsilon(1e-6) } };

    [Test]
    public void InterceptedFunctionsGiveTheDropInsRelevanceBitForBit()
    {
        var x = Away(7, 2, 5, 8);
        var intercepted = Relevance(new MixedModel(dropIns: false), WithFunctions(), x);
        var dropIns = Relevance(new MixedModel(dropIns: true), Modules, x);
        Assert.That(SameBits(intercepted, dropIns));
        Assert.That(intercepted.isfinite().all().item<bool>());
    }

    [Test]
    public void RulesMakeADifference()
    {
        var x = Away(7, 2, 5, 8);
        Assert.That(
            Distance(
                Relevance(new MixedModel(false), WithFunctions(), x),
                Relevance(new MixedModel(false), Modules, x)
            ),
            Is.GreaterThan(1e-3)
        );
    }

    [Test]
    public void TwoThreadsExplainTwoModels()
    {
        var x = Away(7, 2, 5, 8);
        var expected = new[] { 1, 2 }
            .Select(seed => Relevance(new MixedModel(false, 2 + seed, seed), WithFunctions(), x))
            .ToArray();
        var models = new[] { 1, 2 }.Select(seed => new MixedModel(false, 2 + seed, seed)).ToArray();
        var wrong = 0;
        Parallel.For(
            0,
            2,
            k =>
            {
                using var registration = WithFunctions().Register(models[k], start: RelevanceStart.Gradient);
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
        using var registration = WithFunctions().Register(model, start: RelevanceStart.Gradient);
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
        using var registration = WithFunctions().Register(model, start: RelevanceStart.Gradient);
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
        using var registration = WithFunctions().Register(registered);
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
        using var registration = WithFunctions().Register(model);
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
        var model = new Sum(1, throwing: true);
        var plain = new Sum(1, throwing: false);
        Assert.That(SameBits(Relevance(model, AddOnly(), x), Relevance(plain, AddOnly(), x)));
    }

    [Test]
    public void AfterDisposeTheModelIsAsItWas()
    {
        var x = Away(7, 2, 5, 8);
        var model = new MixedModel(false);
        var before = Explain(model, x);
        WithFunctions().Register(model).Dispose();
        Assert.That(SameBits(Explain(model, x), before));
        Assert.That(model.parameters().All(parameter => parameter.requires_grad));
    }

    [Test]
    public void OtherModelsOnTheThreadArePlain()
    {
        var x = Away(7, 4).abs();
        var other = new Sum(1);
        var before = Explain(other, x);
        using var registration = AddOnly().Register(new Sum(2), start: RelevanceStart.Gradient);
        Assert.That(SameBits(Explain(other, x), before));
    }

    [Test]
    public void InPlaceSumsHaveTheRule()
    {
        var x = Away(7, 4).abs();
        Assert.That(SameBits(Relevance(new Sum(3, inPlace: true), AddOnly(), x), Relevance(new Sum(3), AddOnly(), x)));
    }

    [Test]
    public void AFunctionInsideAModuleWithARuleHasNone()
    {
        var x = Away(7, 4).abs();
        var model = nn.Sequential(("sum", new Sum(2)));
        var composite = new Composite { { typeof(Sum), new Pass() }, { Functions.Add, new Epsilon() } };
        Assert.That(SameBits(Relevance(model, composite, x), ones(4, ScalarType.Float64)));
    }

    [Test]
    public void AFunctionThatIsLeftAloneHasItsGradient()
    {
        var x = Away(7, 4).abs();
        var plain = Explain(new Sum(2), x);
        Assert.That(
            SameBits(
                Relevance(
                    new Sum(2),
                    new Composite { { Functions.Add, null }, { Functions.Softmax, Taylor.AtInput() } },
                    x
                ),
                plain
            )
        );
    }

    [Test]
    public void ARuleThatIsNotDefinedForAFunctionFailsAtRegister()
    {
        var composite = new Composite { { Functions.Softmax, new ZPlus() } };
        Assert.That(
            () => composite.Register(new Sum(1)),
            Throws
                .ArgumentException.With.Message.Contains("softmax")
                .And.Message.Contains("ZPlus")
                .And.Message.Contains("Taylor")
        );
    }

    private static readonly Taylor[] OtherDecompositions =
    [
        new(),
        new(reference: 1),
        new(bias: true),
        new(x => x.neg(), bias: true),
        Taylor.AtInput(bias: false),
        Taylor.AtInput(biasRelevance: BiasRelevance.Spread),
    ];

    [TestCaseSource(nameof(OtherDecompositions))]
    public void ASoftmaxIsDecomposedAtItsScoresAndAnotherChoiceFailsAtRegister(Taylor rule)
    {
        var composite = new Composite { { Functions.Softmax, rule } };
        Assert.That(
            () => composite.Register(new Sum(1)),
            Throws.ArgumentException.With.Message.Contains("Taylor.AtInput()")
        );
    }

    [Test]
    public void ALinearFunctionHasTheDropInsRelevanceInTwoDimensionsAndThree(
        [Values(2, 3)] int rank,
        [Values] bool bias
    )
    {
        var x = rank == 2 ? Away(7, 5, 8) : Away(7, 2, 5, 8);
        var composite = new Composite { { Functions.Linear, new Epsilon(1e-6) } };
        var (intercepted, dropIn) = (new Affine(false, bias), new Affine(true, bias));
        Assert.That(SameBits(Relevance(intercepted, composite, x), Explain(dropIn, x)));
    }

    [Test]
    public void FunctionsInAModelAppearInTheReports()
    {
        var model = new Sum(2);
        using var registration = AddOnly().Register(model, start: RelevanceStart.Gradient);
        Explain(model, Away(7, 4).abs());
        var layer = registration.Conservation().Layers.Single();
        Assert.That((layer.Name, layer.ModuleType), Is.EqualTo(("add", "function")));
        Assert.That(layer.Lost, Is.GreaterThan(0.1)); // the number that is added
        Assert.That(registration.Describe(), Does.Contain("add()"));
    }

    [Test]
    public void TheReportClosesOverFunctions()
    {
        var model = new MixedModel(false);
        using var registration = WithFunctions().Register(model, start: RelevanceStart.Gradient);
        Explain(model, Away(7, 2, 5, 8));
        var report = registration.Conservation();
        Assert.That(report.LostElsewhere, Is.EqualTo(0).Within(1e-6 * Math.Abs(report.ModelOutput!.Value)));
    }

    [Test]
    public void ActivationsHandRelevanceOn([Values] bool inPlace)
    {
        var composite = new Composite { { Functions.Elementwise, new Pass() } };
        Assert.That(
            SameBits(Relevance(new Activated(inPlace), composite, Away(7, 3, 4)), ones(3, 4, ScalarType.Float64))
        );
    }

    [Test]
    public void AnExceptionOfARuleReachesWhoCallsTheModel()
    {
        var composite = new Composite { { Functions.Div, new Pass() } };
        using var registration = composite.Register(new Quotient());
        Assert.That(
            () => Explain((nn.Module<Tensor, Tensor>)registration.Model, Away(7, 4)),
            Throws.InstanceOf<NotSupportedException>().Or.InstanceOf<System.Runtime.InteropServices.ExternalException>()
        );
    }

    [Test]
    public void AProductAndASumInOneShareAsBoth()
    {
        var x = Away(7, 3, 3);
        var composite = new Composite { { Functions.MatMul, new UniformEpsilon(1e-8) } };
        var dropIns = Shares(
            v => Lrp.Rules.FunctionRules.Relevance.add(v[0], Lrp.Rules.FunctionRules.Relevance.matmul(v[0], v[0])),
            ones(3, 3, ScalarType.Float64),
            x
        )[0]!;
        Assert.That(Distance(Relevance(new FusedSum(), composite, x), dropIns), Is.LessThan(1e-12));
    }

    [Test]
    public void TorchsEncoderLayerIsCoveredWhole()
    {
        // Everything in it is a function: not one module in it has a rule.
        using var model = new Encoder();
        model.eval();
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model);
        var relevance = Explain(model, Away(7, 2, 5, 8));
        var report = registration.Conservation();
        Assert.That(relevance.isfinite().all().item<bool>());
        Assert.That(
            report.LostElsewhere,
            Is.EqualTo(0).Within(1e-6 * Math.Abs(report.Layers.Sum(layer => Math.Abs(layer.RelevanceOut))))
        );
    }

    [Test]
    public void NormalizeHandsRelevanceOn()
    {
        var composite = new Composite { { Functions.Normalize, new Pass() } };
        var relevance = Relevance(new Normalized(), composite, Away(7, 3, 4));
        Assert.That(SameBits(relevance, ones(3, 4, ScalarType.Float64)));
    }

    [Test]
    public void AttentionThroughAttnLrpIsTheDropIns()
    {
        var x = Away(7, 2, 5, 8);
        Assert.That(SameBits(Relevance(new Attending(false), WithFunctions(), x), Explain(new Attending(true), x)));
    }

    [Test]
    public void StopRelevanceEndsAtAFunction()
    {
        var x = Away(7, 4).abs();
        var composite = new Composite { { Functions.Mul, new StopRelevance() } };
        using var registration = composite.Register(new Branches(), start: RelevanceStart.Gradient);
        // x + x·x, the second of which passes nothing on.
        Assert.That(SameBits(Explain((nn.Module<Tensor, Tensor>)registration.Model, x), ones(4, ScalarType.Float64)));
    }

    [Test]
    public void ARuleOfOnesOwnWorksOnAnyFunction()
    {
        var composite = new Composite { { Functions.Mul, new FirstTakesAll() } };
        var model = new Branches(); // x + x·x
        Assert.That(SameBits(Relevance(model, composite, Away(7, 4)), ones(4, ScalarType.Float64) * 2));
    }

    [Test]
    public void AnOwnRuleThatFailsIsThrownByTheRegistrationAndGivesNaN()
    {
        using var registration = new Composite
        {
            {
                Functions.Mul,
                new FirstTakesAll { Fails = true }
            },
        }.Register(new Branches());
        var relevance = Explain((nn.Module<Tensor, Tensor>)registration.Model, Away(7, 4));
        Assert.That(relevance.isnan().all().item<bool>());
        Assert.That(
            registration.ThrowIfFaulted,
            Throws.TypeOf<RelevanceException>().With.Message.Contains("mul").And.Message.Contains("on purpose")
        );
    }

    [Test]
    public void ManyExplanationsLeaveMemoryAlone()
    {
        var x = Away(7, 2, 5, 8);
        var model = new MixedModel(false);
        using var registration = WithFunctions().Register(model, start: RelevanceStart.Gradient);
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

    private static Composite WithFunctions() => new() { { typeof(Linear), new Epsilon(1e-6) }, { Functions.AttnLrp } };

    [Test]
    public void ARuleFromALambdaIsReportedByItsName()
    {
        var rule = FunctionRule.From(
            call => [.. call.Operands.Select(_ => call.Relevance / call.Operands.Count)],
            "halves"
        );
        using var registration = new Composite { { Functions.Mul, rule } }.Register(
            new Branches(),
            start: RelevanceStart.Gradient
        );
        Assert.That(registration.Describe(), Does.Contain("halves"));
    }

    [Test]
    public void ALambdaSeesTheOperandsTheValueAndTheOtherArguments()
    {
        using var scope = NewDisposeScope();
        var x = randn(3, 4, ScalarType.Float64).requires_grad_();
        FunctionCall? seen = null;
        var dimension = -5L;
        var shapes = new List<long[]>();
        var rule = FunctionRule.From(call =>
        {
            seen = call;
            dimension = (long)call.Argument("dim")!;
            shapes = [.. call.Operands.Append(call.Output).Append(call.Relevance).Select(tensor => tensor.shape)];
            return [call.Relevance.narrow(0, 0, 3), null];
        });
        using var registration = new Composite { { Functions.Cat, rule } }.Register(
            new Lambda(t => cat([t, ones(1, 4, ScalarType.Float64)], 0)),
            start: RelevanceStart.Gradient
        );

        ((nn.Module<Tensor, Tensor>)registration.Model).call(x).backward([full(4, 4, 2.0, ScalarType.Float64)]);
        registration.ThrowIfFaulted();

        Assert.That(seen!.Name, Does.StartWith("aten::cat"));
        Assert.That(seen.TakesRelevance, Is.EqualTo(new[] { true, false }));
        Assert.That(dimension, Is.Zero);
        Assert.That(shapes, Is.EqualTo(new[] { new long[] { 3, 4 }, [1, 4], [4, 4], [4, 4] }));
        Assert.That(x.grad!.data<double>().ToArray(), Has.All.EqualTo(2));
    }

    [Test]
    public void RelevanceOfABroadcastOperandIsSummedForARuleOfOnesOwn()
    {
        using var scope = NewDisposeScope();
        var x = randn(1, 4, ScalarType.Float64).requires_grad_();
        using var registration = new Composite
        {
            { Functions.Mul, FunctionRule.From(call => [.. call.Operands.Select(_ => call.Relevance)]) },
        }.Register(new Lambda(t => t * ones(3, 4, ScalarType.Float64)), start: RelevanceStart.Gradient);

        ((nn.Module<Tensor, Tensor>)registration.Model).call(x).backward([ones(3, 4, ScalarType.Float64)]);

        registration.ThrowIfFaulted();
        Assert.That(x.grad!.data<double>().ToArray(), Has.All.EqualTo(3));
    }

    [Test]
    public void ARuleWithoutRelevanceForEachOperandIsAFault()
    {
        var x = randn(3, 4, ScalarType.Float64);
        using var registration = new Composite
        {
            { Functions.Mul, FunctionRule.From(call => [call.Relevance]) },
        }.Register(new Branches());
        Explain((nn.Module<Tensor, Tensor>)registration.Model, x);
        Assert.That(
            registration.ThrowIfFaulted,
            Throws
                .TypeOf<RelevanceException>()
                .With.Message.Contains("relevance for 1 operands, and aten::mul.Tensor has 2")
        );
    }

    private sealed class Lambda(Func<Tensor, Tensor> function) : nn.Module<Tensor, Tensor>(nameof(Lambda))
    {
        public override Tensor forward(Tensor input) => function(input);
    }

    private static Composite AddOnly() => new() { { Functions.Add, new Epsilon(1e-8) } };

    private static Tensor Relevance(nn.Module<Tensor, Tensor> model, Composite composite, Tensor x)
    {
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        return Explain(model, x);
    }

    private static Tensor Explain(nn.Module<Tensor, Tensor> model, Tensor x)
    {
        var leaf = x.detach().clone().requires_grad_();
        var output = model.call(leaf);
        output.backward([ones_like(output)]);
        return leaf.grad!;
    }

    private sealed class FirstTakesAll : FunctionRule
    {
        public bool Fails { get; init; }

        public override IReadOnlyList<Tensor?> Propagate(FunctionCall call) =>
            Fails ? throw new InvalidOperationException("on purpose") : [call.Relevance, null];
    }

    private sealed class Sum(double number, bool inPlace = false, bool throwing = false)
        : nn.Module<Tensor, Tensor>(nameof(Sum))
    {
        public override Tensor forward(Tensor x)
        {
            if (throwing)
            {
                try
                {
                    throw new InvalidOperationException();
                }
                catch (InvalidOperationException) { }
            }
            return inPlace ? x.clone().add_(number) : x + number;
        }
    }

    private sealed class Affine : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight")]
        private readonly Parameter _weight;

        [ComponentName(Name = "bias")]
        private readonly Parameter? _bias;
        private readonly bool _dropIn;

        public Affine(bool dropIn, bool bias)
            : base(nameof(Affine))
        {
            _dropIn = dropIn;
            _weight = new Parameter(Away(1, 6, 8));
            _bias = bias ? new Parameter(Away(2, 6)) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) =>
            _dropIn
                ? Lrp.Rules.FunctionRules.Relevance.linear(x, _weight, _bias)
                : nn.functional.linear(x, _weight, _bias!);
    }

    private sealed class Normalized() : nn.Module<Tensor, Tensor>(nameof(Normalized))
    {
        public override Tensor forward(Tensor x) => nn.functional.normalize(x, dim: -1);
    }

    private sealed class Activated(bool inPlace) : nn.Module<Tensor, Tensor>(nameof(Activated))
    {
        public override Tensor forward(Tensor x) =>
            inPlace ? nn.functional.silu(-x.clone()).tanh_() : nn.functional.silu(-x).tanh();
    }

    private sealed class Quotient() : nn.Module<Tensor, Tensor>(nameof(Quotient))
    {
        public override Tensor forward(Tensor x) => x / x.exp();
    }

    private sealed class FusedSum() : nn.Module<Tensor, Tensor>(nameof(FusedSum))
    {
        public override Tensor forward(Tensor x) => addmm(x, x, x, 1, 1);
    }

    private sealed class Encoder : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "layer")]
        private readonly TransformerEncoderLayer _layer;

        public Encoder()
            : base(nameof(Encoder))
        {
            _layer = nn.TransformerEncoderLayer(8, 2, 16);
            _layer.to(ScalarType.Float64);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => _layer.call(x, null!, null!);
    }

    private sealed class Branches() : nn.Module<Tensor, Tensor>(nameof(Branches))
    {
        public override Tensor forward(Tensor x) => x + x * x;
    }

    private sealed class Attending(bool dropIn) : nn.Module<Tensor, Tensor>(nameof(Attending))
    {
        public override Tensor forward(Tensor x) =>
            dropIn
                ? Lrp.Rules.FunctionRules.Relevance.scaled_dot_product_attention(x, x, x, is_casual: true)
                : nn.functional.scaled_dot_product_attention(x, x, x, is_casual: true);
    }
}
