using Lrp.Composites;
using Lrp.Core.Functions;
using Lrp.Decomposition;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>An operator's name as a key, in the backward pass too.</summary>
[TestFixture]
public sealed class OperatorKeyTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void StopRelevanceEndsItAtTheOperatorAsWithFunctionsOperator([Values] bool inPlace)
    {
        using var model = new Summed(inPlace);
        var stopped = Relevance(model, new Composite { { new OperatorKey("tanh"), LrpRule.StopRelevance() } });
        var other = Relevance(model, new Composite { { Functions.Operator("tanh"), LrpRule.StopRelevance() } });
        var (plain, x) = (Relevance(model, []), Input());
        // The output is 2x + tanh(3x): its gradient without tanh is 2, and the output times it starts relevance.
        var expected = 2 * model.forward(x);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stopped.allclose(expected, 1e-12, 1e-12), Is.True);
            Assert.That(other.Equals(stopped), Is.True);
            Assert.That(plain.allclose(expected, 1e-3, 1e-3), Is.False);
        }
    }

    [Test]
    public void ARuleOfOnesOwnIsTakenToo()
    {
        using var model = new Summed(inPlace: false);
        var none = FunctionRule.From(call => new Tensor?[call.Operands.Count], "None");
        Assert.That(
            Relevance(model, new Composite { { new OperatorKey("aten::tanh"), none } })
                .Equals(Relevance(model, new Composite { { new OperatorKey("tanh"), LrpRule.StopRelevance() } })),
            Is.True
        );
    }

    [Test]
    public void TheRulesOfThisLibraryAreRefusedAsBefore() =>
        Assert.That(
            () => new Composite { { new OperatorKey("tanh"), LrpRule.Epsilon() } }.Register(new Summed(false)),
            Throws.ArgumentException.With.Message.Contains("StopRelevance")
        );

    [Test]
    public void OneCompositeHoldsARuleForEachEngine()
    {
        using var model = new Summed(inPlace: false);
        var composite = new Composite
        {
            { new OperatorKey("tanh"), new OpaqueOperator() },
            { new OperatorKey("tanh"), LrpRule.StopRelevance() },
        };
        var stopped = Relevance(model, new Composite { { new OperatorKey("tanh"), LrpRule.StopRelevance() } });
        Assert.That(Relevance(model, composite).Equals(stopped), Is.True);
        var x = Input().detach();
        using var run = composite.Decompose(model, Composition.PerFeature(x));
        using var split = run.Of(model.call(x));
        Assert.That(split.Components.sum(0L).allclose(x * 2, 1e-12, 1e-12), Is.True);
    }

    private static Tensor Relevance(nn.Module<Tensor, Tensor> model, Composite composite)
    {
        using var registration = composite.Register(model);
        var x = Input();
        model.call(x).sum().backward();
        registration.ThrowIfFaulted();
        return x.grad!;
    }

    private static Tensor Input() =>
        tensor(
                new[,]
                {
                    { 1.0, -2.0, 3.0 },
                }
            )
            .requires_grad_();

    /// <summary>2x + tanh(3x); in place, what tanh_ leaves in its operand is used and not what it returns.</summary>
    private sealed class Summed(bool inPlace) : nn.Module<Tensor, Tensor>(nameof(Summed))
    {
        public override Tensor forward(Tensor input)
        {
            var tripled = input * 3;
            if (!inPlace)
            {
                return (input * 2) + tripled.tanh();
            }

            _ = tripled.tanh_();
            return (input * 2) + tripled;
        }
    }
}
