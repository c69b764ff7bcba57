using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Explanations;
using Lrp.Models.Methods;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>A model reads two texts together.</summary>
[TestFixture]
public sealed class TextPairTests
{
    private static readonly TextPair Pair = new("who sleeps", "the cat sleeps on a mat");

    private TemporaryFolder _folder = null!;
    private LanguageModel _model = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        _model = PairModel.Load(_folder, "bert-0");
    }

    [OneTimeTearDown]
    public void Free()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void TheScoreIsThatOfTheTokenizersIdsAndTypes()
    {
        using var scope = NewDisposeScope();
        using var explanation = _model.Explain(Pair, Target.Class(1));
        var encoding = _model.Tokenizer.Encode(Pair.First, Pair.Second);
        var (ids, types) = (Row(encoding.Ids), Row(encoding.TypeIds));
        Assert.That(types.sum().item<long>(), Is.EqualTo(7), "the second text and its end");
        var expected = _model.Transformer.call(ids, null, null, types)[0, 1].item<double>();
        Assert.That(explanation.Score, Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void TheSecondTextStandsBelowTheFirst()
    {
        using var explanation = _model.Explain(Pair);
        var text = explanation.Text;
        using var all = Assert.EnterMultipleScope();
        Assert.That(text.Text, Is.EqualTo("who sleeps\nthe cat sleeps on a mat"));
        Assert.That(text.Text[text.SecondStart!.Value..], Is.EqualTo(Pair.Second));
        Assert.That(
            text.Tokens.Where(token => !token.IsSpecial)
                .Select(token => text.Text.Substring(token.Start, token.Length)),
            Is.EqualTo("who sleeps the cat sleeps on a mat".Split(' '))
        );
        Assert.That(text.Tokens.Count(token => token.IsSpecial), Is.EqualTo(3));
        Assert.That(text.ToJson(), Does.Contain("\"secondStart\":11"));
        Assert.That(text.MergedToWords().SecondStart, Is.EqualTo(11));
    }

    [Test]
    public void AWordOfEachTextIsAWordOfItsOwn()
    {
        using var explanation = _model.Explain(new TextPair("cat", "dog"));
        var tokens = explanation.Text.Tokens.Where(token => !token.IsSpecial);
        Assert.That(tokens.Select(token => token.Word).Distinct().Count(), Is.EqualTo(2));
    }

    [Test]
    public void FlippingBeginsWithWhatTheModelSaysOfBoth()
    {
        using var explanation = _model.Explain(Pair, Target.Class(0));
        var curves = _model.Flip(explanation.Text, Target.Class(0), steps: 4);
        Assert.That(curves.MostRelevantFirst[0], Is.EqualTo(explanation.Score).Within(1e-9));
    }

    [TestCase("roberta-0", TestName = "one type of tokens")]
    [TestCase("distilbert-0", TestName = "no types of tokens")]
    [TestCase("bart-0", TestName = "an encoder and a decoder")]
    public void ModelsWithoutTypesOfTokensReadPairsToo(string name)
    {
        using var folder = new TemporaryFolder();
        using var model = PairModel.Load(folder, name);
        using var scope = NewDisposeScope();
        using var explanation = model.Explain(Pair, Target.Class(1), RelevanceMethod.GradientTimesInput);
        var ids = Row(model.Tokenizer.Encode(Pair.First, Pair.Second).Ids);
        var expected = model.Transformer.call(ids, null, null, null)[0, 1].item<double>();
        Assert.That(explanation.Score, Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void AModelThatContinuesATextReadsOne()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path);
        Assert.That(() => model.Explain(new TextPair("a", "b")), Throws.ArgumentException.With.Message.Contains("one"));
    }

    [Test]
    public void TextsThatAreTooLongTogetherAreRefused()
    {
        var half = string.Join(' ', Enumerable.Repeat("cat", (int)_model.Transformer.Configuration.LongestText! / 2));
        Assert.That(
            () => _model.Explain(new TextPair(half, half)),
            Throws.ArgumentException.With.Message.Contains("The two texts have")
        );
    }

    [TestCase("", "b")]
    [TestCase("a", "")]
    public void AnEmptyTextIsRefused(string first, string second) =>
        Assert.That(() => new TextPair(first, second), Throws.ArgumentException);

    [Test]
    public void AnExplanationSaysWhereALineStarts() =>
        Assert.That(
            () => new TextExplanation("a b", [], []) { SecondStart = 2 },
            Throws.ArgumentException.With.Message.Contains("no line")
        );

    private static Tensor Row(IReadOnlyList<long> numbers) => tensor([.. numbers]).unsqueeze(0);
}
