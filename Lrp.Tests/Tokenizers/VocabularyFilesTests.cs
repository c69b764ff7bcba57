using Lrp.Models.Tokenizers;

namespace Lrp.Tests.Tokenizers;

/// <summary>Older models have no tokenizer.json; from the files that they have come the same tokens.</summary>
[TestFixture]
public sealed class VocabularyFilesTests
{
    private static readonly string[] Bert = ["vocab.txt", "tokenizer_config.json", "special_tokens_map.json"];
    private static readonly string[] Gpt2 =
    [
        "vocab.json",
        "merges.txt",
        "tokenizer_config.json",
        "special_tokens_map.json",
    ];

    [TestCase("bert-uncased")]
    [TestCase("bert-cased")]
    public void VocabTxtIsBertsTokenizer(string name) => AssertSameTokens(name, Bert);

    [TestCase("gpt2")]
    [TestCase("roberta")]
    public void VocabJsonAndMergesAreGpt2sTokenizerOrRobertas(string name) => AssertSameTokens(name, Gpt2);

    [Test]
    public void VocabTxtAloneIsTheUncasedTokenizer()
    {
        var cases = TokenizerCases.All.First(cases => cases.Name == "bert-uncased");
        using var folder = TokenizerFolder.CopyOf(cases.Folder, "vocab.txt");
        Assert.That(folder.Load().Encode("The").Tokens, Is.EqualTo(["[CLS]", "the", "[SEP]"]));
    }

    [TestCase("tokenizer_config.json", """{ "tokenizer_class": "BartTokenizer" }""")]
    [TestCase("config.json", """{ "tokenizer_class": "RobertaTokenizerFast", "model_type": "gpt2" }""")]
    [TestCase("config.json", """{ "model_type": "roberta" }""")]
    public void RobertasTokenizerIsKnownByItsClassOrByTheTypeOfTheModel(string file, string content)
    {
        var cases = TokenizerCases.All.First(cases => cases.Name == "roberta");
        using var folder = TokenizerFolder.CopyOf(cases.Folder, "vocab.json", "merges.txt").With(file, content);
        const string Text = "The is <mask> now.";
        Assert.That(folder.Load().Encode(Text).Ids, Is.EqualTo(cases.Tokenizer.Encode(Text).Ids));
    }

    [Test]
    public void ATokenBeforeEachTextIsThereWhereTheConfigurationAsksForIt()
    {
        var cases = TokenizerCases.All.First(cases => cases.Name == "gpt2");
        using var folder = TokenizerFolder
            .CopyOf(cases.Folder, "vocab.json", "merges.txt")
            .With(
                "tokenizer_config.json",
                """{ "tokenizer_class": "GPT2Tokenizer", "add_bos_token": true, "bos_token": "<|endoftext|>" }"""
            );
        var tokenizer = folder.Load();
        Assert.That(tokenizer.Encode("The").Tokens, Is.EqualTo(["<|endoftext|>", "The"]));
        Assert.That(
            tokenizer.Encode("The", "The").Tokens,
            Is.EqualTo(["<|endoftext|>", "The", "<|endoftext|>", "The"])
        );
    }

    [TestCase("bert-uncased", "vocab.txt", "BertJapaneseTokenizer")]
    [TestCase("gpt2", "vocab.json", "Qwen2TokenizerFast")]
    public void ATokenizerOfAnotherClassIsRefused(string name, string file, string tokenizer)
    {
        var cases = TokenizerCases.All.First(cases => cases.Name == name);
        string[] files = file == "vocab.json" ? [file, "merges.txt"] : [file];
        using var folder = TokenizerFolder
            .CopyOf(cases.Folder, files)
            .With("config.json", $$"""{ "tokenizer_class": "{{tokenizer}}" }""");
        Assert.That(
            folder.Load,
            Throws
                .TypeOf<TokenizerException>()
                .With.Message.Contains(tokenizer.Replace("Fast", ""))
                .And.Message.Contains("tokenizer.json")
        );
    }

    [Test]
    public void WhereThereIsASentencePieceModelOnlyItIsSaidHowToConvertIt()
    {
        using var folder = new TokenizerFolder().With("spiece.model", "");
        Assert.That(
            folder.Load,
            Throws
                .TypeOf<FileNotFoundException>()
                .With.Message.Contains("only spiece.model")
                .And.Message.Contains("save_pretrained")
        );
    }

    [Test]
    public void AddedTokensHaveTheNumbersBehindTheVocabulary()
    {
        var cases = TokenizerCases.All.First(cases => cases.Name == "gpt2");
        using var folder = TokenizerFolder.CopyOf(cases.Folder, "vocab.json", "merges.txt");
        var size = folder.Load().VocabularySize;
        folder.With("added_tokens.json", $$"""{ "<two>": {{size + 1}}, "<one>": {{size}} }""");
        Assert.That(folder.Load().Encode("<one><two>").Ids, Is.EqualTo([size, size + 1L]));
    }

    private static void AssertSameTokens(string name, string[] files)
    {
        var cases = TokenizerCases.All.First(cases => cases.Name == name);
        using var folder = TokenizerFolder.CopyOf(cases.Folder, files);
        var tokenizer = folder.Load();
        using (Assert.EnterMultipleScope())
        {
            foreach (var item in cases.List("cases"))
            {
                var text = item.GetProperty("text").GetString()!;
                var (actual, expected) = (tokenizer.Encode(text), cases.Tokenizer.Encode(text));
                Assert.That(actual.Ids, Is.EqualTo(expected.Ids), text);
                Assert.That(actual.Offsets, Is.EqualTo(expected.Offsets), text);
                Assert.That(tokenizer.Decode(actual.Ids), Is.EqualTo(item.GetProperty("decoded").GetString()), text);
            }
        }
    }
}
