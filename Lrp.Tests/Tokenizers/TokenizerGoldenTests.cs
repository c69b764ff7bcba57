using System.Text.Json;
using Lrp.Models.Tokenizers;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Tests.Tokenizers;

/// <summary>Tokens, ids and offsets agree with those of Hugging Face's tokenizers.</summary>
[TestFixtureSource(typeof(TokenizerCases), nameof(TokenizerCases.All))]
internal sealed class TokenizerGoldenTests(TokenizerCases cases)
{
    private static readonly string[] WithAndWithout = ["without", "with"];

    [Test]
    public void IdsAreThoseOfTheReference() =>
        ForEachEncoding(
            (encoding, expected, text) => Assert.That(encoding.Ids, Is.EqualTo(Numbers(expected, "ids")), text)
        );

    [Test]
    public void TokensAreThoseOfTheReference() =>
        ForEachEncoding(
            (encoding, expected, text) => Assert.That(encoding.Tokens, Is.EqualTo(Texts(expected, "tokens")), text)
        );

    [Test]
    public void OffsetsCutTheTextAsTheReferenceDoes() =>
        ForEachEncoding(
            (encoding, expected, text) =>
                Assert.That(
                    encoding.Offsets.Select(offset => (CodePoints(text, offset.Start), CodePoints(text, offset.End))),
                    Is.EqualTo(Pairs(expected, "offsets")),
                    text
                )
        );

    [Test]
    public void OffsetsAreUtf16Units() =>
        ForEachEncoding(
            (encoding, expected, text) =>
                Assert.That(
                    encoding.Offsets.Select(offset => (offset.Start, offset.End)),
                    Is.EqualTo(
                        Pairs(expected, expected.TryGetProperty("offsets_utf16", out _) ? "offsets_utf16" : "offsets")
                    ),
                    text
                )
        );

    [Test]
    public void NormalizedTextsAreThoseOfTheReference()
    {
        ForEachCase(
            (item, text) =>
            {
                var expected = item.TryGetProperty("normalized", out var given) ? given.GetString() : text;
                Assert.That(new string(Normalized(text).Chars), Is.EqualTo(expected), text);
            }
        );
    }

    [Test]
    public void PiecesAreThoseOfTheReference()
    {
        ForEachCase(
            (item, text) =>
            {
                var pieces = new PieceList();
                pieces.Add(Normalized(text));
                cases.Tokenizer.Parts.PreTokenizer?.Cut(pieces);
                var actual = pieces.Pieces.Select(piece => pieces.Chars(piece).ToString());
                if (item.TryGetProperty("pre_tokens", out _))
                {
                    Assert.That(actual, Is.EqualTo(Texts(item, "pre_tokens")), text);
                }
            }
        );
    }

    [Test]
    public void DecodedTextsAreThoseOfTheReference()
    {
        ForEachCase(
            (item, text) =>
            {
                var ids = Numbers(item.GetProperty("with"), "ids");
                Assert.That(cases.Tokenizer.Decode(ids), Is.EqualTo(item.GetProperty("decoded").GetString()), text);
                Assert.That(
                    cases.Tokenizer.Decode(ids, skipSpecialTokens: false),
                    Is.EqualTo(item.GetProperty("decoded_special").GetString()),
                    text
                );
            }
        );
    }

    [Test]
    public void PairsAreThoseOfTheReference()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var item in cases.List("pairs"))
            {
                var encoding = cases.Tokenizer.Encode(Text(item, "a")!, Text(item, "b")!);
                AssertModelInput(encoding, item);
                Assert.That(
                    encoding.SequenceIds,
                    Is.EqualTo(
                        item.GetProperty("sequence_ids")
                            .EnumerateArray()
                            .Select(id => id.ValueKind == JsonValueKind.Null ? (int?)null : id.GetInt32())
                    )
                );
            }
        }
    }

    [Test]
    public void TruncationIsThatOfTheReference()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var item in cases.List("truncation"))
            {
                var truncation = new Truncation(item.GetProperty("max_length").GetInt32())
                {
                    Strategy = Text(item, "truncation") switch
                    {
                        "only_first" => TruncationStrategy.OnlyFirst,
                        "only_second" => TruncationStrategy.OnlySecond,
                        _ => TruncationStrategy.LongestFirst,
                    },
                    Stride = item.TryGetProperty("stride", out var stride) ? stride.GetInt32() : 0,
                    Side = SideOf(item),
                };
                var encoding = Text(item, "b") is { } pair
                    ? cases.Tokenizer.Encode(Text(item, "a")!, pair, truncation: truncation)
                    : cases.Tokenizer.Encode(Text(item, "a")!, truncation: truncation);
                if (item.TryGetProperty("overflowing", out _))
                {
                    AssertModelInputs([encoding, .. encoding.Overflow], item);
                }
                else
                {
                    AssertModelInput(encoding, item);
                }
            }
        }
    }

    [Test]
    public void PaddingIsThatOfTheReference()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var item in cases.List("padding"))
            {
                int? length = item.TryGetProperty("max_length", out var given) ? given.GetInt32() : null;
                var padding = new Padding
                {
                    Length = Text(item, "padding") == "max_length" ? length : null,
                    MultipleOf = item.TryGetProperty("pad_to_multiple_of", out var multiple) ? multiple.GetInt32() : 1,
                    Side = SideOf(item),
                };
                var encodings = cases.Tokenizer.EncodeBatch(
                    Texts(item, "texts"),
                    padding,
                    truncation: item.TryGetProperty("truncation", out _) ? new Truncation(length!.Value) : null
                );
                AssertModelInputs(encodings, item);
            }
        }
    }

    [Test]
    public void SpecialTokensHaveTheIdsOfTheReference()
    {
        var special = cases.Tokenizer.Special;
        var actual = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["bos_token"] = special.Begin,
            ["eos_token"] = special.End,
            ["unk_token"] = special.Unknown,
            ["sep_token"] = special.Separator,
            ["pad_token"] = special.Padding,
            ["cls_token"] = special.Class,
            ["mask_token"] = special.Mask,
        };
        using (Assert.EnterMultipleScope())
        {
            foreach (var entry in cases.Root.GetProperty("special").EnumerateObject())
            {
                Assert.That(actual[entry.Name], Is.EqualTo(entry.Value[0].GetString()));
                Assert.That(cases.Tokenizer.TokenToId(actual[entry.Name]!), Is.EqualTo(entry.Value[1].GetInt64()));
            }
        }
    }

    private void ForEachCase(Action<JsonElement, string> check)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var item in cases.List("cases"))
            {
                check(item, Text(item, "text")!);
            }
        }
    }

    private void ForEachEncoding(Action<TokenEncoding, JsonElement, string> check) =>
        ForEachCase(
            (item, text) =>
            {
                foreach (var name in WithAndWithout)
                {
                    var encoding = cases.Tokenizer.Encode(text, specialTokens: name == "with");
                    check(encoding, item.GetProperty(name), text);
                }
            }
        );

    private AlignedText Normalized(string text)
    {
        var given = AlignedText.From(text);
        return cases.Tokenizer.Parts.Normalizer?.Normalize(given) ?? given;
    }

    private static void AssertModelInput(TokenEncoding encoding, JsonElement expected)
    {
        Assert.That(encoding.Ids, Is.EqualTo(Numbers(expected, "input_ids")), expected.ToString());
        Assert.That(encoding.AttentionMask, Is.EqualTo(Numbers(expected, "attention_mask")));
        if (expected.TryGetProperty("token_type_ids", out _))
        {
            Assert.That(encoding.TypeIds, Is.EqualTo(Numbers(expected, "token_type_ids")));
        }
    }

    private static void AssertModelInputs(IReadOnlyList<TokenEncoding> encodings, JsonElement expected)
    {
        Assert.That(encodings.Select(row => row.Ids), Is.EqualTo(Rows(expected, "input_ids")), expected.ToString());
        Assert.That(encodings.Select(row => row.AttentionMask), Is.EqualTo(Rows(expected, "attention_mask")));
        if (expected.TryGetProperty("token_type_ids", out _))
        {
            Assert.That(encodings.Select(row => row.TypeIds), Is.EqualTo(Rows(expected, "token_type_ids")));
        }
    }

    private static Side SideOf(JsonElement item) => Text(item, "side") == "left" ? Side.Left : Side.Right;

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string[] Texts(JsonElement item, string name) =>
        [.. item.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    private static long[] Numbers(JsonElement item, string name) =>
        [.. item.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];

    private static long[][] Rows(JsonElement item, string name) =>
        [
            .. item.GetProperty(name)
                .EnumerateArray()
                .Select(row => row.EnumerateArray().Select(number => number.GetInt64()).ToArray()),
        ];

    private static (int Start, int End)[] Pairs(JsonElement item, string name) =>
        [.. item.GetProperty(name).EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))];

    private static int CodePoints(string text, int units)
    {
        var count = 0;
        foreach (var _ in text.AsSpan(0, units).EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
