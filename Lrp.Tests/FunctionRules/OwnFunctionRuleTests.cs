using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Rules.FunctionRules;
using static Lrp.Tests.FunctionRules.Explained;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>A rule of somebody's own works on any function.</summary>
public class OwnFunctionRuleTests
{
    [Test]
    public void ARuleOfOnesOwnWorksOnAnyFunction()
    {
        var composite = new Composite { { Functions.Mul, new FirstTakesAll() } };
        var model = Branches(); // x + x·x
        Assert.That(SameBits(RelevanceOf(model, composite, Away(7, 4)), ones(4, ScalarType.Float64) * 2));
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
        }.Register(Branches());
        var relevance = Explain((nn.Module<Tensor, Tensor>)registration.Model, Away(7, 4));
        Assert.That(relevance.isnan().all().item<bool>());
        Assert.That(
            registration.ThrowIfFaulted,
            Throws.TypeOf<RelevanceException>().With.Message.Contains("mul").And.Message.Contains("on purpose")
        );
    }

    [Test]
    public void ARuleFromALambdaIsReportedByItsName()
    {
        var rule = FunctionRule.From(
            call => [.. call.Operands.Select(_ => call.Relevance / call.Operands.Count)],
            "halves"
        );
        using var registration = new Composite { { Functions.Mul, rule } }.Register(
            Branches(),
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
            new Calling(t => cat([t, ones(1, 4, ScalarType.Float64)], 0)),
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
        }.Register(new Calling(t => t * ones(3, 4, ScalarType.Float64)), start: RelevanceStart.Gradient);

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
        }.Register(Branches());
        Explain((nn.Module<Tensor, Tensor>)registration.Model, x);
        Assert.That(
            registration.ThrowIfFaulted,
            Throws
                .TypeOf<RelevanceException>()
                .With.Message.Contains("relevance for 1 operands, and aten::mul.Tensor has 2")
        );
    }

    private sealed class FirstTakesAll : FunctionRule
    {
        public bool Fails { get; init; }

        public override IReadOnlyList<Tensor?> Propagate(FunctionCall call) =>
            Fails ? throw new InvalidOperationException("on purpose") : [call.Relevance, null];
    }

    private static Calling Branches() => new(x => x + x * x);
}
