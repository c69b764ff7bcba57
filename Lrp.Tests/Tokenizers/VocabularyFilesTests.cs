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
