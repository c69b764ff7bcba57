using System.Text.Json;
using Lrp.Checkpoints;
using Lrp.Models.Tokenizers;
using Lrp.Tests.Checkpoints;

namespace Lrp.Tests.Tokenizers;

/// <summary>The tokenizer of a GGUF file gives the ids of the libraries that made it.</summary>
[TestFixture]
public sealed class GgufTokenizerTests
{
    private static IEnumerable<TestCaseData> Strings()
    {
        foreach (var (folder, file) in GgufFiles.Listed("tokenizers.json"))
        {
            var path = Path.Combine(folder, file.GetProperty("file").GetString()!);
            foreach (var text in file.GetProperty("strings").EnumerateArray())
            {
                yield return Case(path, text);
            }

            if (file.TryGetProperty("special", out var special))
            {
                foreach (var text in special.EnumerateArray())
                {
                    yield return Case(path, text);
                }
            }
        }
    }

    private static TestCaseData Case(string path, JsonElement row)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return new TestCaseData(path, row.Clone()).SetArgDisplayNames(name, row.GetProperty("text").GetRawText());
    }

    [TestCaseSource(nameof(Strings))]
    public void ATextHasTheReferencesIds(string path, JsonElement row)
    {
        var text = row.GetProperty("text").GetString()!;
        var tokenizer = Tokenizer.Load(path);

        var encoding = tokenizer.Encode(text);

        Assert.That(encoding.Ids, Is.EqualTo(Ids(row.GetProperty("ids"))));
        if (row.TryGetProperty("ids_without_bos", out var bare))
        {
            Assert.That(tokenizer.Encode(text, specialTokens: false).Ids, Is.EqualTo(Ids(bare)));
        }

        if (row.TryGetProperty("decoded", out var decoded))
        {
            Assert.That(tokenizer.Decode(encoding.Ids), Is.EqualTo(decoded.GetString()));
        }
    }

    [TestCase("tokenizer-spm.gguf")]
    [TestCase("tokenizer-gpt-2.gguf")]
    [TestCase("tokenizer-llama-bpe.gguf")]
    public void TokensSayWhereInTheTextTheyAre(string file)
    {
        const string Text = "The läßt 🙂 fox";
        var encoding = Tokenizer.Load(GgufFiles.Path(file)).Encode(Text, specialTokens: false);

        Assert.That(encoding.Offsets[^1].End, Is.EqualTo(Text.Length));
        Assert.That(
            encoding.Offsets.Zip(encoding.Offsets.Skip(1)),
            Is.All.Matches<(TextSpan First, TextSpan Second)>(pair =>
                pair.First.Start <= pair.Second.Start && pair.First.End <= pair.Second.End
            )
        );
    }

    [Test]
    public void AControlTokenInATextIsATokenWhereItIsAskedFor()
    {
        using var file = GgufFile.Open(GgufFiles.Path("tokenizer-spm.gguf"));

        var asked = Tokenizer.FromGguf(file.Metadata, controlInText: true).Encode("<s>", specialTokens: false);
        var plain = Tokenizer.FromGguf(file.Metadata).Encode("<s>", specialTokens: false);

        Assert.That(asked.Ids, Is.EqualTo(new[] { 1L }));
        Assert.That(plain.Count, Is.GreaterThan(1));
    }

    [TestCase("gpt-2", false)]
    [TestCase("llama-bpe", true)]
    public void WhereTheFileDoesNotSayThePreTokenizerDecidesAboutTheBeginning(string pre, bool begins)
    {
        // Taking away a key: its name becomes one that nobody knows.
        var bytes = File.ReadAllBytes(GgufFiles.Path($"tokenizer-{pre}.gguf"));
        var place = bytes.AsSpan().IndexOf("add_bos_token"u8);
        bytes[place] = (byte)'x';
        using var file = GgufFile.Open(bytes);
        var tokenizer = Tokenizer.FromGguf(file.Metadata);

        Assert.That(tokenizer.Encode("a").Tokens[0] == tokenizer.Special.Begin, Is.EqualTo(begins));
    }

    private static long[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt64())];
}
