using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>What a model and an explanation refuse, before anything is computed.</summary>
[TestFixture]
public sealed class TransformerInputTests
{
    private readonly Transformer _model = Folders.Load("bert-0");

    [OneTimeTearDown]
    public void Free() => _model.Dispose();

    [Test]
    public void AnEmptyTextIsRefused() => AssertRefused(zeros([1, 0], dtype: ScalarType.Int64), "at least one token");

    [Test]
    public void IdsThatAreNoInt64AreRefused() => AssertRefused(zeros([1, 3]), "have to be int64");

    [Test]
    public void IdsWithoutABatchAreRefused() =>
        AssertRefused(zeros([3], dtype: ScalarType.Int64), "of shape [texts, tokens]");

    [Test]
    public void AnIdThatTheModelDoesNotKnowIsRefused() =>
        AssertRefused(
            tensor(
                new long[,]
                {
                    { 1, 157 },
                }
            ),
            "the model knows 0 to 156"
        );

    [Test]
    public void ATextThatIsTooLongIsRefused() =>
        AssertRefused(ones([1, 41], dtype: ScalarType.Int64), "has 41 tokens, and this bert reads 40 at most");

    [Test]
    public void AMaskOfAnotherShapeIsRefused()
    {
        using var scope = NewDisposeScope();
        var ids = ones([1, 3], dtype: ScalarType.Int64);
        Assert.That(
            () => _model.call(ids, ones(1, 4), null, null),
            Throws.ArgumentException.With.Message.Contains("The mask of shape [1, 4] does not fit ids of shape [1, 3]")
        );
    }

    [Test]
    public void PositionsOfAnotherLengthAreRefused()
    {
        using var scope = NewDisposeScope();
        var ids = ones([1, 3], dtype: ScalarType.Int64);
        Assert.That(
            () => _model.call(ids, null, zeros([1, 2], dtype: ScalarType.Int64), null),
            Throws.ArgumentException.With.Message.Contains("give one for each token")
        );
    }

    [Test]
    public void ATokenTypeThatTheModelDoesNotKnowIsRefused()
    {
        using var scope = NewDisposeScope();
        var ids = ones([1, 3], dtype: ScalarType.Int64);
        Assert.That(
            () => _model.call(ids, null, null, full_like(ids, 2)),
            Throws.ArgumentException.With.Message.Contains("The token types go from 2 to 2")
        );
    }

    [TestCase("distilbert-0", 1, null, "the model knows 0 to 0: leave them out")]
    [TestCase("t5-0", null, 0, "relative positions")]
    [TestCase("gpt2-0", null, 40, "rows of the table of positions go from 40 to 40, and the model knows 0 to 39")]
    [TestCase("opt-0", null, 40, "rows of the table of positions go from 42 to 42")]
    public void TypesAndPositionsThatAModelDoesNotHaveAreRefused(string name, int? type, int? position, string message)
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load(name);
        var ids = ones([1, 3], dtype: ScalarType.Int64);
        Assert.That(
            () => model.call(ids, null, Filled(position), Filled(type)),
            Throws.ArgumentException.With.Message.Contains(message)
        );

        Tensor? Filled(int? number) => number is { } value ? full_like(ids, value) : null;
    }

    [Test]
    public void ATextThatDoesNotEndIsRefusedWhereItsClassIsReadAtItsEnd()
    {
        using var model = Folders.Load("bart-0");
        using var ids = full([1, 3], 5L, dtype: ScalarType.Int64);
        Assert.That(
            () => model.call(ids, null, null, null),
            Throws.ArgumentException.With.Message.Contains("has no token 2").And.Message.Contains("special tokens")
        );
    }

    [TestCase(new long[] { 2 }, "The target 2 is none of the 2 places")]
    [TestCase(new long[] { 0, 1 }, "need 1 targets of 1 numbers")]
    public void ATargetThatDoesNotFitTheLogitsIsRefused(long[] target, string message)
    {
        using var ids = ones([1, 3], dtype: ScalarType.Int64);
        Assert.That(() => _model.Explain(ids, [target]), Throws.ArgumentException.With.Message.Contains(message));
    }

    [Test]
    public void WhatIsExplainedHasToBeOneValueForEachText()
    {
        using var ids = ones([1, 3], dtype: ScalarType.Int64);
        using var explainer = new TransformerExplainer(_model);
        using var pass = explainer.Run(ids);
        Assert.That(
            () => pass.Explain(logits => logits),
            Throws.ArgumentException.With.Message.Contains("has to be one value for each of the 1 texts")
        );
    }

    private void AssertRefused(Tensor ids, string message)
    {
        using (ids)
        {
            Assert.That(
                () => _model.call(ids, null, null, null),
                Throws.ArgumentException.With.Message.Contains(message)
            );
        }
    }
}
