using Lrp.Attribution;
using Lrp.Models;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>Why a model finds an answer where it finds it.</summary>
[TestFixture]
public sealed class AnswerTests
{
    private static readonly TextPair Pair = new("who sleeps", "the cat sleeps and the red cat sits on a mat");

    private TemporaryFolder _folder = null!;
    private LanguageModel _model = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        _model = Answering(_folder, "bert-2", "bert.");
    }

    [OneTimeTearDown]
    public void Free()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    /// <summary>The two logits are two classes of a token, with another name of the output layer.</summary>
    [TestCase("bert-2", "bert.")]
    [TestCase("roberta-0", "roberta.")]
    [TestCase("distilbert-0", "distilbert.")]
    [TestCase("albert-0", "albert.")]
    [TestCase("modernbert-0", "model.", "head.")]
    public void LogitsAndRelevanceAreThoseOfTwoClassesOfEachToken(string name, params string[] kept)
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        using var answering = Answering(first, name, kept);
        using var classifying = PairModel.Load(second, name, "ForTokenClassification", "classifier", kept);
        using var explanation = answering.Explain(Pair, Target.Answer("red cat"));
        using var expected = classifying.Explain(Pair, Target.Sum(Target.Token(9, 0), Target.Token(10, 1)));
        using var all = Assert.EnterMultipleScope();
        Assert.That(explanation.Score, Is.EqualTo(expected.Score).Within(1e-12));
        Assert.That(explanation.Relevance, Is.EqualTo(expected.Relevance).Within(1e-12));
        Assert.That(explanation.Text.Target, Is.EqualTo("red cat"));
    }

    [Test]
    public void OfABartTheDecodersStatesAreRead()
    {
        using var folder = new TemporaryFolder();
        using var model = Answering(folder, "bart-0", "model.");
        using var explanation = model.Explain(Pair, Target.Answer("cat"));
        Assert.That(explanation.Tensors.Decoder, Is.Not.Null);
        Assert.That(explanation.Score, Is.EqualTo(BestOf(model, (first, last) => first == last && IsCat(first))));
    }

    [Test]
    public void WithoutATargetItIsTheBestSpanOfTheSecondText()
    {
        using var explanation = _model.Explain(Pair);
        using var named = _model.Explain(Pair, Target.Answer());
        var best = BestOf(_model, (first, last) => first >= 4 && last <= 14 && first <= last);
        using var all = Assert.EnterMultipleScope();
        Assert.That(explanation.Score, Is.EqualTo(best).Within(1e-12));
        Assert.That(named.Score, Is.EqualTo(best).Within(1e-12));
        Assert.That(Pair.Second, Does.Contain(explanation.Text.Target));
    }

    [Test]
    public void OfWordsThatStandThereTwiceThePlaceIsTakenThatTheModelPrefers()
    {
        using var explanation = _model.Explain(Pair, Target.Answer("cat"));
        var best = BestOf(_model, (first, last) => first == last && IsCat(first));
        Assert.That(explanation.Score, Is.EqualTo(best).Within(1e-12));
    }

    [Test]
    public void ADifferenceIsThatOfTheExplanations()
    {
        using var one = _model.Explain(Pair, Target.Answer("red cat"));
        using var other = _model.Explain(Pair, Target.Answer("a mat"));
        using var both = _model.Explain(Pair, Target.Answer("red cat", against: "a mat"));
        using var all = Assert.EnterMultipleScope();
        Assert.That(both.Relevance, Is.EqualTo(one.Relevance.Zip(other.Relevance, (a, b) => a - b)).Within(1e-10));
        Assert.That((both.Text.Target, both.Text.Against), Is.EqualTo(("red cat", "a mat")));
    }

    [Test]
    public void FlippingMeasuresTheSameAnswerInEveryText()
    {
        using var explanation = _model.Explain(Pair);
        var curves = _model.Flip(explanation.Text, steps: 4);
        var named = _model.Flip(explanation.Text, Target.Answer(explanation.Text.Target), steps: 4);
        Assert.That(curves.MostRelevantFirst[0], Is.EqualTo(explanation.Score).Within(1e-9));
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(named.MostRelevantFirst).Within(1e-9));
    }

    [TestCase("dog", "does not stand in the second text")]
    [TestCase("ca", "is a part of a token in the second text: take 'cat'")]
    [TestCase(" ", "whitespace")]
    public void WordsThatAreNoTokensOfTheSecondTextAreRefused(string words, string message) =>
        Assert.That(
            () => _model.Explain(Pair, Target.Answer(words)),
            Throws.ArgumentException.With.Message.Contains(message)
        );

    [Test]
    public void WhatAnAnswerIsComparedWithIsNotBlank() =>
        Assert.That(() => Target.Answer("cat", against: " "), Throws.ArgumentException);

    [Test]
    public void RankingsSendTheCallerToExplainPairs() =>
        Assert.That(
            () => _model.RankParts([Pair.First]),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("new TextPair(question, text)")
        );

    [Test]
    public void AQuestionWithoutASecondTextIsRefused()
    {
        foreach (var target in new[] { null, Target.Answer("cat") })
        {
            Assert.That(
                () => _model.Explain(Pair.First, target),
                Throws.ArgumentException.With.Message.Contains("new TextPair(question, text)")
            );
        }
    }

    [Test]
    public void ASecondTextWithoutWordsIsRefused() =>
        Assert.That(
            () => _model.Explain(new TextPair("who sleeps", " ")),
            Throws.ArgumentException.With.Message.Contains("no words")
        );

    [Test]
    public void OtherModelsHaveNoAnswers()
    {
        using var folder = new TemporaryFolder();
        using var model = PairModel.Load(folder, "bert-0");
        Assert.That(
            () => model.Explain(Pair, Target.Answer("cat")),
            Throws.ArgumentException.With.Message.Contains("Target.Label")
        );
    }

    [Test]
    public void AnotherTargetSaysWhatThisModelIsAsked() =>
        Assert.That(
            () => _model.Explain(Pair, Target.Next("cat")),
            Throws.ArgumentException.With.Message.Contains("Target.Answer(\"words\")")
        );

    private static LanguageModel Answering(TemporaryFolder folder, string name, params string[] kept)
    {
        var output = name.StartsWith("modernbert", StringComparison.Ordinal) ? "classifier" : "qa_outputs";
        return PairModel.Load(folder, name, "ForQuestionAnswering", output, kept);
    }

    /// <summary>Token 0 is [CLS], 1 and 2 are the question, 3 is [SEP].</summary>
    private static bool IsCat(int token) => token is 5 or 10;

    private static double BestOf(LanguageModel model, Func<int, int, bool> isAllowed)
    {
        using var scope = NewDisposeScope();
        var encoding = model.Tokenizer.Encode(Pair.First, Pair.Second);
        var hasTypes =
            (model.Transformer.Configuration.Encoder ?? model.Transformer.Configuration.Stack).TokenTypes > 0;
        var logits = model
            .Transformer.call(
                tensor([.. encoding.Ids]).unsqueeze(0),
                null,
                null,
                hasTypes ? tensor([.. encoding.TypeIds]).unsqueeze(0) : null
            )
            .squeeze(0);
        return (
            from first in Enumerable.Range(0, encoding.Count)
            from last in Enumerable.Range(0, encoding.Count)
            where isAllowed(first, last)
            select logits[first, 0].item<double>() + logits[last, 1].item<double>()
        ).Max();
    }
}
