using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>However a language model is written, its relevance is the same.</summary>
[TestFixture]
public sealed class LlamaLikeTests
{
    private static readonly long[,] Ids =
    {
        { 3, 7, 1, 10, 4, 2 },
        { 5, 5, 0, 8, 9, 6 },
    };

    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void TheWayItIsWrittenDoesNotMatter(
        [Values] bool byForward,
        [Values] bool complexRotary,
        [Values] bool fromIds,
        [Values] bool modules
    )
    {
        var expected = EfficientRelevance(out var logits);
        var model = new LlamaLike(new Habits(byForward, complexRotary, fromIds));
        var composite = modules
            ? new Composite
            {
                { typeof(Linear), LrpRule.Epsilon(1e-30) },
                Functions.AttnLrpWith(StabilizerKind.Signed, 1e-30),
            }
            : new Composite { Functions.AttnLrpWith(StabilizerKind.Signed, 1e-30) };
        using var registration = composite.Register(model);
        var x = fromIds ? tensor(Ids) : model.Embed(tensor(Ids)).requires_grad_();
        var output = model.call(x);
        Explained(output).backward();
        registration.ThrowIfFaulted();
        var relevance = fromIds ? registration.Embeddings.Single().Relevance : x.grad!;

        Assert.Multiple(() =>
        {
            Assert.That(output.allclose(logits, 1e-12, 1e-12), Is.True, "the same function");
            Assert.That(Difference(relevance, expected), Is.LessThan(1e-9));
            Assert.That(registration.Audit().Warnings, Is.Empty);
        });
    }

    [Test]
    public void WithoutRulesForFunctionsTheAuditWarns()
    {
        var model = new LlamaLike(new Habits(ByForward: true));
        var logger = new Engine.CollectingLogger();
        using var registration = new Composite { { typeof(Linear), LrpRule.Epsilon() } }.Register(model, logger);
        var x = model.Embed(tensor(Ids)).requires_grad_();
        Explained(model.call(x)).backward();

        var warnings = string.Join('\n', registration.Audit().Warnings);
        Assert.Multiple(() =>
        {
            Assert.That(warnings, Does.Contain("softmax").And.Contain("Functions.Softmax"));
            Assert.That(warnings, Does.Contain("aten::mul").And.Contain("Functions.Gate"));
            Assert.That(warnings, Does.Contain("a matrix product").And.Contain("Functions.MatMul"));
            Assert.That(warnings, Does.Contain("aten::add").And.Contain("Functions.Add"));
            Assert.That(logger.Warnings, Has.Some.Contains("Functions.Softmax"), "at the first backward pass");
            Assert.That(registration.Describe(), Does.Contain("Functions.Softmax"));
        });
    }

    internal static double Difference(Tensor actual, Tensor expected) =>
        (actual.sub(expected).abs().max() / expected.abs().max()).item<double>();

    /// <summary>Another token's logit at the last position for each sample.</summary>
    internal static Tensor Explained(Tensor logits) => logits[0, -1, 4] + logits[1, -1, 9];

    /// <summary>The embedding times the plain gradient of a model in which the rules are detached factors.</summary>
    internal static Tensor EfficientRelevance(out Tensor logits)
    {
        var model = new LlamaLike(new Habits(Efficient: true));
        var x = model.Embed(tensor(Ids)).requires_grad_();
        logits = model.call(x);
        Explained(logits).backward();
        return x.detach() * x.grad!;
    }
}
