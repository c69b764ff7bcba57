using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Tokenizers;
using Lrp.Tests.Examples;
using Lrp.Tests.Tokenizers;

namespace Lrp.Tests.Models.Text;

/// <summary>Which token of the vocabulary a target names, in tokenizers that treat blanks differently.</summary>
[TestFixture]
public sealed class TokenTargetTests
{
    [TestCase("roberta", "The is <mask> now.", "the", "\u0120the")]
    [TestCase("roberta", "The is <mask> now.", " the", "\u0120the")]
    [TestCase("roberta", "<mask> is now.", "The", "The")]
    [TestCase("xlm-roberta", "The is <mask> now.", "the", "\u2581the")]
    [TestCase("bert-uncased", "The is [MASK] now.", "The", "the")]
    public void AWordAtAMaskIsTheTokenThatWouldStandThere(string tokenizer, string text, string word, string token)
    {
        var known = TokenizerCases.All.First(cases => cases.Name == tokenizer).Tokenizer;
        Assert.That(TokenAtMask(known, new ReadText(text, known.Encode(text)), word), Is.EqualTo(token));
    }

    [TestCase("The is <mask> now.", "The end.")]
    [TestCase("The end.", "The is <mask> now.")]
    public void OfTwoTextsTheOneWithTheMaskIsFilled(string first, string second)
    {
        var known = TokenizerCases.All.First(cases => cases.Name == "roberta").Tokenizer;
        var read = new ReadText(new TextPair(first, second), known.Encode(first, second));
        Assert.That(TokenAtMask(known, read, "the"), Is.EqualTo("\u0120the"));
    }

    [TestCase("llama2", "The th", "e", "e")]
    [TestCase("llama2", "The u", "n", "n")]
    [TestCase("llama2", "The cat", " c", "\u2581c")]
    [TestCase("llama2", "The c", "at", "at")]
    [TestCase("gemma", "The th", "e", "e")]
    [TestCase("gpt2", "The th", "e", "e")]
    [TestCase("gpt2", "The cat", " the", "\u0120the")]
    public void APieceBehindATextHasABlankOnlyWhereItIsTyped(string tokenizer, string text, string piece, string token)
    {
        var known = TokenizerCases.All.First(cases => cases.Name == tokenizer).Tokenizer;
        Assert.That(known.IdToToken(TokenWords.Next(known, text, piece)), Is.EqualTo(token));
    }

    [Test]
    public void AWordThatTheVocabularyDoesNotHaveIsRefused()
    {
        var known = TokenizerCases.All.First(cases => cases.Name == "bert-uncased").Tokenizer;
        Assert.That(
            () => TokenAtMask(known, new ReadText("The [MASK]", known.Encode("The [MASK]")), "東"),
            Throws.ArgumentException.With.Message.Contains("[UNK]")
        );
    }

    [Test]
    public void AMaskWithTheBlankBeforeItIsFound()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Copy(folder.Path, "bert-2");
        TinyModel.WriteTokenizer(folder.Path);
        var path = folder.Of("tokenizer.json");
        var json = File.ReadAllText(path).Replace("\"special\":true", "\"special\":true,\"lstrip\":true");
        File.WriteAllText(path, json);
        using var model = LanguageModel.Load(folder.Path);
        using var explanation = model.Explain("a [MASK]b", Target.Masked("c"));
        Assert.That(explanation.Text.Target, Is.EqualTo("c"));
        Assert.That(explanation.Text.Tokens, Has.Count.EqualTo(3));
    }

    private static string TokenAtMask(Tokenizer tokenizer, ReadText read, string word)
    {
        var mask = tokenizer.TokenToId(tokenizer.Special.Mask!);
        var place = read.Encoding.Ids.ToList().IndexOf(mask!.Value);
        return tokenizer.IdToToken(TokenWords.AtMask(tokenizer, read, place, word));
    }
}
