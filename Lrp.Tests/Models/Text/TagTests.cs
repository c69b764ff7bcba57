using System.Text.Json.Nodes;
using Lrp.Attribution;
using Lrp.Models;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>Why a model gives a word of a text the class that it gives it.</summary>
[TestFixture]
public sealed class TagTests
{
    private const string Text = "the red cat sleeps on the mat";

    private TemporaryFolder _folder = null!;
    private LanguageModel _model = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        _model = PairModel.Load(_folder, "bert-2", "ForTokenClassification", "classifier", "bert.");
    }

    [OneTimeTearDown]
    public void Free()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [TestCase("red cat", 2)]
    [TestCase("mat", 7)]
    public void ItIsTheLogitOfTheClassAtTheWordsFirstToken(string word, long place)
    {
        using var named = _model.Explain(Text, Target.Tag(word, "end"));
        using var expected = _model.Explain(Text, Target.Token(place, 1));
        using var all = Assert.EnterMultipleScope();
        Assert.That(named.Score, Is.EqualTo(expected.Score));
        Assert.That(named.Relevance, Is.EqualTo(expected.Relevance));
        Assert.That(named.Text.Target, Is.EqualTo($"end: {word}"));
    }

    [Test]
    public void BlanksAroundTheWordAreLeftOut()
    {
        using var typed = _model.Explain(Text, Target.Tag(" cat", "end"));
        Assert.That(typed.Text.Target, Is.EqualTo("end: cat"));
    }

    [Test]
    public void AWordThatStandsApartIsNotMistakenForAPieceOfAnother()
    {
        TinyModel.WriteTokenizer(_folder.Path);
        using var model = LanguageModel.Load(_folder.Path, ScalarType.Float64);
        using var word = model.Explain("tin in a bin", Target.Tag("in", "end"));
        using var expected = model.Explain("tin in a bin", Target.Token(4, 1));
        Assert.That(word.Score, Is.EqualTo(expected.Score));
    }

    [Test]
    public void ABlankThatIsATokenIsTheFirstOneOfTheWordBehindIt()
    {
        TinyModel.WriteTokenizer(_folder.Path);
        var file = _folder.Of("tokenizer.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        var vocabulary = json["model"]!["vocab"]!.AsObject();
        vocabulary.Remove(" ");
        vocabulary["\u2581"] = 2;
        json["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "\u2581" };
        File.WriteAllText(file, json.ToJsonString());
        using var model = LanguageModel.Load(_folder.Path, ScalarType.Float64);
        using var word = model.Explain("a cat", Target.Tag("cat", "end"));
        using var expected = model.Explain("a cat", Target.Token(2, 1));
        Assert.That(expected.Text.Tokens[2].Piece, Is.EqualTo("\u2581"));
        Assert.That(word.Score, Is.EqualTo(expected.Score));
    }

    [Test]
    public void WithoutANameItIsTheClassThatTheModelPrefers()
    {
        using var preferred = _model.Explain(Text, Target.Tag("cat"));
        using var begin = _model.Explain(Text, Target.Tag("cat", "begin"));
        using var end = _model.Explain(Text, Target.Tag("cat", "end"));
        var best = begin.Score > end.Score ? begin : end;
        Assert.That(preferred.Score, Is.EqualTo(best.Score));
        Assert.That(preferred.Text.Target, Is.EqualTo(best.Text.Target));
    }

    [Test]
    public void AnotherClassIsSubtracted()
    {
        using var begin = _model.Explain(Text, Target.Tag("cat", "begin"));
        using var end = _model.Explain(Text, Target.Tag("cat", "end"));
        using var both = _model.Explain(Text, Target.Tag("cat", "begin", against: "end"));
        Assert.That(both.Score, Is.EqualTo(begin.Score - end.Score).Within(1e-12));
        Assert.That(both.Text.Against, Is.EqualTo("end"));
    }

    [TestCase("the", "end", "2 times, at the tokens 1, 6: add words that follow it")]
    [TestCase("dog", "end", "'dog' does not stand in the text")]
    [TestCase("cat", "middle", "it has 'begin', 'end'")]
    public void WhatIsNotThereOrTwiceIsRefused(string word, string label, string message) =>
        Assert.That(
            () => _model.Explain(Text, Target.Tag(word, label)),
            Throws.ArgumentException.With.Message.Contains(message)
        );

    [Test]
    public void WithoutATargetTheModelAsksForTheWord() =>
        Assert.That(() => _model.Explain(Text), Throws.ArgumentException.With.Message.Contains("Target.Tag(\"word\")"));

    [Test]
    public void OtherModelsSayWhatTheyAreAsked()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path);
        Assert.That(
            () => model.Explain("say a", Target.Tag("a")),
            Throws.ArgumentException.With.Message.Contains("Target.Next")
        );
    }
}
