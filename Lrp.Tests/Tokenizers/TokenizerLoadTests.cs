using Lrp.Models.Tokenizers;

namespace Lrp.Tests.Tokenizers;

/// <summary>What is wrong with a tokenizer's files is said in one sentence.</summary>
[TestFixture]
public sealed class TokenizerLoadTests
{
    private static readonly string[] Words = ["[UNK]", "a"];

    [Test]
    public void AFolderWithoutATokenizerIsNamedWithTheFilesThatItShouldHave()
    {
        using var folder = new TokenizerFolder();
        Assert.That(
            folder.Load,
            Throws
                .TypeOf<FileNotFoundException>()
                .With.Message.Contains(folder.Path)
                .And.Message.Contains("tokenizer.json")
                .And.Message.Contains("vocab.txt")
        );
    }

    [Test]
    public void APathThatDoesNotExistIsNamed() =>
        Assert.That(
            () => Tokenizer.Load("/nowhere/tokenizer.json"),
            Throws.TypeOf<FileNotFoundException>().With.Message.Contains("/nowhere/tokenizer.json")
        );

    [Test]
    public void AFileThatIsCutOffIsNamed()
    {
        using var whole = TokenizerFolder.OfWords(Words);
        var json = File.ReadAllText(Path.Combine(whole.Path, "tokenizer.json"));
        using (Assert.EnterMultipleScope())
        {
            for (var length = 0; length < json.Length - 2; length += 7)
            {
                using var folder = TokenizerFolder.OfJson(json[..length]);
                Assert.That(
                    folder.Load,
                    Throws.TypeOf<TokenizerException>().With.Message.Contains("damaged or cut off"),
                    json[..length]
                );
            }
        }
    }

    [TestCase("\"normalizer\": {\"type\": \"Rot13\"}", "normalizer has the type 'Rot13'", "BertNormalizer, ByteLevel")]
    [TestCase("\"pre_tokenizer\": {\"type\": \"X\"}", "pre_tokenizer has the type 'X'", "Split, Whitespace")]
    [TestCase("\"post_processor\": {\"type\": \"X\"}", "post_processor has the type 'X'", "TemplateProcessing")]
    [TestCase("\"decoder\": {\"type\": \"X\"}", "decoder has the type 'X'", "WordPiece")]
    [TestCase(
        "\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"UnicodeScripts\"}]}",
        "pre_tokenizer.pretokenizers[0] has the type 'UnicodeScripts'",
        "Metaspace"
    )]
    [TestCase("\"normalizer\": {\"type\": \"Prepend\"}", "normalizer.prepend is missing", "")]
    [TestCase("\"normalizer\": {\"type\": \"Strip\", \"strip_left\": 1}", "normalizer.strip_left is neither", "")]
    [TestCase("\"normalizer\": []", "normalizer is of kind Array", "Object")]
    [TestCase(
        "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}",
        "normalizer:",
        "3 bytes"
    )]
    [TestCase(
        "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": \"Removed\"}",
        "'('",
        ""
    )]
    [TestCase(
        "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"\\\\p{Cuneiform}\"}, "
            + "\"behavior\": \"Removed\"}",
        "the property Cuneiform",
        ""
    )]
    [TestCase(
        "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"Lost\"}",
        "pre_tokenizer.behavior is 'Lost'",
        "Contiguous, Isolated"
    )]
    [TestCase(
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"[CLS]\", "
            + "\"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}",
        "post_processor.special_tokens.[CLS] is missing",
        ""
    )]
    public void APartThatIsWrongIsNamedWithWhatWouldBeRight(string part, string wrong, string right)
    {
        using var folder = TokenizerFolder.OfWords(Words, part);
        Assert.That(
            folder.Load,
            Throws.TypeOf<TokenizerException>().With.Message.Contains(wrong).And.Message.Contains(right)
        );
    }

    [TestCase("{}", "model is missing")]
    [TestCase("[]", "holds no JSON object")]
    [TestCase("""{"version": "2.0", "model": {}}""", "version is '2.0'")]
    [TestCase(
        """{"model": {"type": "Markov"}}""",
        "model has the type 'Markov', which is not known; known are BPE, Unigram"
    )]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""", "needs the token 'b'")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "'a' does not have two parts")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": "x"}, "merges": []}}""", "has no integer for 'a'")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}}""", "a matter of chance")]
    [TestCase("""{"model": {"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 7}}""", "unk_id is 7")]
    [TestCase("""{"model": {"type": "Unigram", "vocab": [["a"]]}}""", "not a token and its score")]
    public void AModelThatIsWrongIsNamed(string json, string wrong)
    {
        using var folder = TokenizerFolder.OfJson(json);
        Assert.That(folder.Load, Throws.TypeOf<TokenizerException>().With.Message.Contains(wrong));
    }

    [Test]
    public void ADamagedConfigurationBesideItIsAnErrorToo()
    {
        using var folder = TokenizerFolder.OfWords(Words).With("tokenizer_config.json", "{\"pad_token\": ");
        Assert.That(folder.Load, Throws.TypeOf<TokenizerException>());
    }
}
