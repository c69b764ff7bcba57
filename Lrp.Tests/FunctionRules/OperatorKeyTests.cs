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

    /// <summary>TorchSharp's softmax is an operator of another name.</summary>
    [TestCase("softmax")]
    [TestCase("aten::special_softmax")]
    public void AKeyCoversTheOtherNamesOfItsOperator(string name)
    {
        using var model = new OtherModels.Function(x => x + x.softmax(-1));
        var (plain, x) = (Relevance(model, []), Input());
        var expected = x / x * model.forward(x);
        foreach (var key in new FunctionKey[] { new OperatorKey(name), Functions.Operator(name) })
        {
            var stopped = Relevance(model, new Composite { { key, LrpRule.StopRelevance() } });
            Assert.That(stopped.allclose(expected, 1e-12, 1e-12), Is.True);
            Assert.That(stopped.allclose(plain, 1e-3, 1e-3), Is.False);
        }
    }

    private static IEnumerable<TestCaseData> Lists()
    {
        static TestCaseData Case(string name, Func<Tensor, Tensor> function) =>
            new TestCaseData(name, function).SetArgDisplayNames(name);
        yield return Case("chunk", x => cat(x.chunk(2, -1), -1));
        yield return Case("split", x => cat(x.split(2, -1), -1));
        yield return Case("unbind", x => stack(x.unbind(-1), -1));
        yield return Case("tensor_split", x => cat(x.tensor_split(2, -1), -1));
    }

    [TestCaseSource(nameof(Lists))]
    public void RelevanceEndsAtAnOperatorThatReturnsAList(string name, Func<Tensor, Tensor> function)
    {
        using var model = new OtherModels.Function(x => x + function(x.sin()));
        var x = Input();
        var stopped = Relevance(model, new Composite { { new OperatorKey(name), LrpRule.StopRelevance() } });
        Assert.That(stopped.allclose(model.forward(x), 1e-12, 1e-12), Is.True);
    }

    /// <summary>TorchSharp never runs the operator linear; the entry has no effect, and says so.</summary>
    [Test]
    public void AKeyThatNoOperatorMeetsNamesTheOneThatRan()
    {
        using var model = new OtherModels.Function(x =>
            nn.functional.linear(x, ones(x.shape[^1], x.shape[^1], x.dtype))
        );
        using var registration = new Composite
        {
            { new OperatorKey("linear"), LrpRule.StopRelevance() },
            Functions.AttnLrp,
        }.Register(model);
        model.call(Input().requires_grad_()).sum().backward();
        Assert.That(
            registration.Conservation().Warnings,
            Has.Some.Contains("linear").And.Some.Contains("aten::matmul")
        );
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
