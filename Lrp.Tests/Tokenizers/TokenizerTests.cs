using Lrp.Models.Tokenizers;

namespace Lrp.Tests.Tokenizers;

/// <summary>What a user of a tokenizer can rely on, apart from the reference's numbers.</summary>
[TestFixture]
public sealed class TokenizerTests
{
    private const string Blanks = "\"pre_tokenizer\": {\"type\": \"WhitespaceSplit\"}";

    [Test]
    public void OffsetsCutThePiecesOutOfTheTextAsItWasTyped()
    {
        using var folder = TokenizerFolder.OfWords(
            ["[UNK]", "cafe", "𝔘nd"],
            "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFD\"}, "
                + "{\"type\": \"StripAccents\"}, {\"type\": \"Lowercase\"}]}, "
                + Blanks
        );
        const string Text = "  Café 😀 𝔘nd";
        var encoding = folder.Load().Encode(Text);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(encoding.Ids, Is.EqualTo([1, 0, 2]));
            Assert.That(encoding.Offsets.Select(offset => offset.Of(Text)), Is.EqualTo(["Café", "😀", "𝔘nd"]));
            Assert.That(encoding.WordIds, Is.EqualTo([0, 1, 2]));
        }
    }

    [Test]
    public void AHalfSurrogatePairIsAnUnknownCharacter()
    {
        using var folder = TokenizerFolder.OfWords(["[UNK]", "a"], Blanks);
        var encoding = folder.Load().Encode("a \ud83d a");
        Assert.That(encoding.Ids, Is.EqualTo([1, 0, 1]));
    }

    [Test]
    public void AClassInsideAClassOfAPatternAddsItsMembers()
    {
        using var folder = TokenizerFolder.OfWords(
            ["[UNK]"],
            """
            "pre_tokenizer": {
              "type": "Split", "pattern": { "Regex": " ?[^(\\s|[.,!?])]+" }, "behavior": "Isolated", "invert": false
            }
            """
        );
        const string Text = "Hi, (you)! x";
        var encoding = folder.Load().Encode(Text);
        Assert.That(
            string.Join('/', encoding.Offsets.Select(offset => offset.Of(Text))),
            Is.EqualTo("Hi/, (/you/)!/ x")
        );
    }

    [Test]
    public void AnEmptyTextHasNoTokens()
    {
        using var folder = TokenizerFolder.OfWords(["[UNK]"], Blanks);
        Assert.That(folder.Load().Encode("").Count, Is.Zero);
    }

    [TestCase("", "a[X]b [X] c", "a|[X]|b |[X]| c")]
    [TestCase("\"single_word\": true", "a[X]b [X] c", "a[X]b |[X]| c")]
    [TestCase("\"lstrip\": true", "a [X] c", "a| [X]| c")]
    [TestCase("\"rstrip\": true", "a [X] c", "a |[X] |c")]
    public void AnAddedTokenIsTakenOutOfTheText(string flag, string text, string pieces)
    {
        using var folder = TokenizerFolder.OfWords(
            ["[UNK]"],
            "\"added_tokens\": [{\"id\": 1, \"content\": \"[X]\", \"special\": true"
                + (flag.Length > 0 ? ", " : "")
                + flag
                + "}]"
        );
        var encoding = folder.Load().Encode(text);
        Assert.That(string.Join('|', encoding.Offsets.Select(offset => offset.Of(text))), Is.EqualTo(pieces));
    }

    [Test]
    public void OfAddedTokensAtOnePlaceTheLongestIsTaken()
    {
        using var folder = TokenizerFolder.OfWords(
            ["[UNK]"],
            "\"added_tokens\": [{\"id\": 1, \"content\": \"<a\"}, {\"id\": 2, \"content\": \"<ab>\"}]"
        );
        Assert.That(folder.Load().Encode("<ab><a").Ids, Is.EqualTo([2, 1]));
    }

    [Test]
    public void ATokenAndItsIdAreFoundInBothDirections()
    {
        using var folder = TokenizerFolder.OfWords(["[UNK]", "a"], "\"added_tokens\": [{\"content\": \"<b>\"}]");
        var tokenizer = folder.Load();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.TokenToId("a"), Is.EqualTo(1));
            Assert.That(tokenizer.TokenToId("<b>"), Is.EqualTo(2));
            Assert.That(tokenizer.TokenToId("c"), Is.Null);
            Assert.That(tokenizer.IdToToken(2), Is.EqualTo("<b>"));
            Assert.That(tokenizer.VocabularySize, Is.EqualTo(3));
        }
    }

    [TestCase(-1)]
    [TestCase(7)]
    [TestCase(1L << 40)]
    public void AnIdThatDoesNotExistIsNamed(long id)
    {
        using var folder = TokenizerFolder.OfWords(["[UNK]", "a"]);
        var tokenizer = folder.Load();
        Assert.That(
            () => tokenizer.Decode([id]),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains($"no token {id}; the vocabulary has 2")
        );
    }

    [Test]
    public void NothingIsCutOffOrFilledUpThatIsNotAskedFor()
    {
        using var folder = TokenizerFolder.OfWords(
            ["[UNK]", "a"],
            Blanks
                + ", \"truncation\": {\"max_length\": 2, \"strategy\": \"LongestFirst\", \"stride\": 0}, \"padding\": "
                + "{\"strategy\": {\"Fixed\": 4}, \"direction\": \"Left\", \"pad_id\": 0, \"pad_token\": \"[UNK]\"}"
        );
        var tokenizer = folder.Load();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode("a a a").Ids, Is.EqualTo([1, 1, 1]));
            Assert.That(tokenizer.Encode("a a a", truncation: tokenizer.Truncation).Ids, Is.EqualTo([1, 1]));
            Assert.That(tokenizer.EncodeBatch(["a"], tokenizer.Padding)[0].Ids, Is.EqualTo([0, 0, 0, 1]));
            Assert.That(tokenizer.EncodeBatch(["a"], tokenizer.Padding)[0].AttentionMask, Is.EqualTo([0, 0, 0, 1]));
        }
    }

    [Test]
    public void WhatIsCutOffIsInTheOverflow()
    {
        using var folder = TokenizerFolder.OfWords(["[UNK]", "a", "b", "c", "d"], Blanks);
        var encoding = folder.Load().Encode("a b c d", truncation: new Truncation(2) { Stride = 1 });
        Assert.That(
            encoding.Overflow.Prepend(encoding).Select(part => string.Join(' ', part.Tokens)),
            Is.EqualTo(["a b", "b c", "c d"])
        );
    }

    [TestCase(0, 1, "leaves no room")]
    [TestCase(2, 2, "leaves no room")]
    [TestCase(-1, 0, "leaves no room")]
    public void ATruncationWithoutRoomIsRefused(int length, int stride, string message)
    {
        using var folder = TokenizerFolder.OfWords(["[UNK]"], Blanks);
        var tokenizer = folder.Load();
        var truncation = new Truncation(length) { Stride = stride };
        if (length == 0)
        {
            Assert.That(tokenizer.Encode("a b", truncation: truncation).Count, Is.Zero);
            return;
        }

        Assert.That(
            () => tokenizer.Encode("a b", truncation: truncation),
            Throws.ArgumentException.With.Message.Contains(message)
        );
    }

    [Test]
    public void PaddingNeedsAToken()
    {
        using var folder = TokenizerFolder.OfWords(["[UNK]"], Blanks);
        var tokenizer = folder.Load();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => tokenizer.EncodeBatch(["a", "a b"]),
                Throws.ArgumentException.With.Message.Contains("Padding.Token")
            );
            Assert.That(
                () => tokenizer.EncodeBatch(["a", "a b"], new Padding { Token = "<pad>" }),
                Throws.ArgumentException.With.Message.Contains("'<pad>' is not in the vocabulary")
            );
            Assert.That(tokenizer.EncodeBatch(["a", "b"]), Has.Count.EqualTo(2));
        }
    }

    [Test]
    public void AnUnknownWordWithoutATokenForItIsNamed()
    {
        using var folder = TokenizerFolder.OfWords(["a"], Blanks);
        var tokenizer = folder.Load();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode("a a").Ids, Is.EqualTo([0, 0]));
            Assert.That(
                () => tokenizer.Encode("b"),
                Throws.InvalidOperationException.With.Message.Contains("has no '[UNK]'")
            );
        }
    }

    [Test]
    public void SeveralThreadsCanUseOneTokenizer()
    {
        var cases = TokenizerCases.All.First(cases => cases.Name == "llama3");
        var tokenizer = Tokenizer.Load(cases.Folder);
        var texts = cases.List("cases").Select(item => item.GetProperty("text").GetString()!).ToArray();
        var expected = texts.Select(text => tokenizer.Encode(text).Ids.ToArray()).ToArray();
        var shared = Tokenizer.Load(cases.Folder);
        var actual = new long[texts.Length][];
        Parallel.For(0, texts.Length, i => actual[i] = [.. shared.Encode(texts[i]).Ids]);
        Assert.That(actual, Is.EqualTo(expected));
    }
}
