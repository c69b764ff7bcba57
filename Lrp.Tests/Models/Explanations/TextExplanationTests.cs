using Lrp.Models;
using Lrp.Models.Explanations;
using Lrp.Tests.Tokenizers;

namespace Lrp.Tests.Models.Explanations;

/// <summary>What an explanation of a text may hold, and its pieces as words.</summary>
[TestFixture]
public sealed class TextExplanationTests
{
    [Test]
    public void PiecesOfAWordAreAddedUp()
    {
        var merged = new TextExplanation(
            "unbelievable cat",
            [new(1, "un", 0, 2), new(2, "##believ", 2, 6), new(3, "##able", 8, 4), new(4, "cat", 13, 3)],
            [1, 2, 3, 4]
        )
        {
            Layers =
            [
                [1, 1, 1, 1],
                [2, 3, 4, 5],
            ],
            Heads = PartRelevance.OfTokens([
                [
                    [1, 0, 0, 2],
                    [0, 1, 0, -1],
                ],
            ]),
        }.MergedToWords();

        Assert.That(merged.Tokens.Select(token => token.Piece), Is.EqualTo(new[] { "unbelievable", "cat" }));
        Assert.That(merged.Relevance, Is.EqualTo(new double[] { 6, 4 }));
        Assert.That(merged.Layers![1], Is.EqualTo(new double[] { 9, 5 }));
        Assert.That(merged.Heads!.PerToken![0][1], Is.EqualTo(new double[] { 1, -1 }));
        Assert.That(merged.Heads.Sums[0], Is.EqualTo(new double[] { 3, 0 }));
    }

    [Test]
    public void WordsOfTheTokenizerAreUsedWhereItSaysThem()
    {
        var merged = new TextExplanation(
            "don't",
            [new(1, "don", 0, 3, Word: 0), new(2, "'", 3, 1, Word: 1), new(3, "t", 4, 1, Word: 1)],
            [1, 2, 4]
        ).MergedToWords();
        Assert.That(merged.Relevance, Is.EqualTo(new double[] { 1, 6 }));
    }

    [TestCase("llama2", "The cats", "\u2581The", "cats")]
    [TestCase("llama2-metaspace", "The cats", "\u2581The", "cats")]
    [TestCase("gemma", "The unbelievable cats", "The", "unbelievable", "cats")]
    public void WordsAreToldApartWhereTheTokenizerTakesAWholeTextAsOne(
        string tokenizer,
        string text,
        params string[] words
    )
    {
        var tokens = TokenizerCases.All.First(cases => cases.Name == tokenizer).Tokenizer.Encode(text).ToTextTokens();
        var merged = new TextExplanation(text, tokens, new double[tokens.Count]).MergedToWords();
        Assert.That(merged.Tokens.Skip(1).Select(token => token.Piece), Is.EqualTo(words));
    }

    [Test]
    public void ASpaceOfItsOwnBelongsToTheWordBehindIt()
    {
        var merged = new TextExplanation(
            "a cat",
            [new(1, "a", 0, 1), new(2, " ", 1, 1), new(3, "ca", 2, 2), new(4, "t", 4, 1)],
            [1, 2, 3, 4]
        ).MergedToWords();
        Assert.That(merged.Relevance, Is.EqualTo(new double[] { 1, 9 }));
    }

    [Test]
    public void ABlankThatTheTokenizerTakesOutOfTheTextBelongsToTheWordBehindIt()
    {
        const string Text = "a 猫 b";
        var tokens = TokenizerCases.All.First(cases => cases.Name == "roberta").Tokenizer.Encode(Text).ToTextTokens();
        Assert.That(tokens.Count(token => token is { Length: 0, IsSpecial: false }), Is.EqualTo(1));
        var merged = new TextExplanation(Text, tokens, new double[tokens.Count]).MergedToWords();
        Assert.That(
            merged.Tokens.Where(token => !token.IsSpecial).Select(token => Text.Substring(token.Start, token.Length)),
            Is.EqualTo(new[] { "a", "猫", "b" })
        );
    }

    [Test]
    public void SpecialTokensAreNoPartOfAWord()
    {
        var merged = SampleExplanations.English.MergedToWords();
        Assert.That(merged.Tokens[0].Piece, Is.EqualTo("[CLS]"));
        Assert.That(merged.Tokens.Select(token => token.Piece), Does.Contain("France"));
        Assert.That(merged.Relevance.Sum(), Is.EqualTo(SampleExplanations.English.Relevance.Sum()).Within(1e-12));
    }

    [Test]
    public void CharactersOfAScriptWithoutSpacesAreWordsOfTheirOwn()
    {
        var merged = new TextExplanation(
            "猫好き",
            [new(1, "猫", 0, 1), new(2, "好", 1, 1), new(3, "き", 2, 1)],
            [1, 2, 3]
        );
        Assert.That(merged.MergedToWords().Tokens, Has.Count.EqualTo(3));
    }

    [Test]
    public void BytesOfOneCharacterAreOneWord()
    {
        var merged = new TextExplanation("🙂", [new(1, "ð", 0, 2), new(2, "Ł", 0, 2)], [1, 2]).MergedToWords();
        Assert.That(merged.Relevance, Is.EqualTo(new double[] { 3 }));
    }

    [Test]
    public void AsManyNumbersAsTokensAreNeeded()
    {
        Assert.That(
            () => new TextExplanation("a", [new(1, "a", 0, 1)], [1, 2]),
            Throws.ArgumentException.With.Message.Contains("1 tokens and 2 relevances")
        );
        Assert.That(
            () =>
                new TextExplanation("a", [new(1, "a", 0, 1)], [1])
                {
                    Layers =
                    [
                        [1],
                        [1, 2],
                    ],
                },
            Throws.ArgumentException.With.Message.Contains("2 tokens")
        );
        Assert.That(
            () =>
                new TextExplanation("a", [new(1, "a", 0, 1)], [1])
                {
                    Heads = PartRelevance.OfTokens([
                        [
                            [1, 2],
                        ],
                    ]),
                },
            Throws.ArgumentException.With.Message.Contains("Heads")
        );
    }

    [TestCase(-1, 1)]
    [TestCase(0, 3)]
    [TestCase(1, int.MaxValue)]
    public void ATokenOutsideTheTextIsNamed(int start, int length) =>
        Assert.That(
            () => new TextExplanation("ab", [new(1, "piece", start, length)], [1]),
            Throws.ArgumentException.With.Message.Contains("'piece'")
        );
}
