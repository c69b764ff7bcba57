using Lrp.Checkpoints;
using Lrp.Models.Tokenizers.Decoders;
using Lrp.Models.Tokenizers.Normalizers;
using Lrp.Models.Tokenizers.PreTokenizers;
using Lrp.Models.Tokenizers.Processors;
using Lrp.Models.Tokenizers.Subwords;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers;

/// <summary>Reads the tokenizer in the metadata of a GGUF file.</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";
    private const string Blank = "\u2581";

    // Kinds of tokens that are not found by cutting words: those that steer a model, and those that a user has defined.
    private const long Control = 3;
    private const long UserDefined = 4;

    /// <summary>The parts of the tokenizer.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="controlInText">
    /// Whether a control token that is written in a text is that token; null: as in the libraries of the tokenizers,
    /// yes for byte-pair encoding, no for SentencePiece.
    /// </param>
    /// <exception cref="GgufUnsupportedException">The tokenizer or its pre-tokenizer is not known.</exception>
    /// <exception cref="GgufModelException">A key is missing, or does not fit another one.</exception>
    public static TokenizerParts Read(GgufMetadata metadata, bool? controlInText)
    {
        var model = metadata.Text(Prefix + "model");
        return model switch
        {
            "llama" => SentencePiece(new Vocabulary(metadata), controlInText ?? false),
            "gpt2" => BytePairs(new Vocabulary(metadata), controlInText ?? true),
            _ => throw new GgufUnsupportedException(
                $"The tokenizer '{model}' ({Prefix}model) is not supported; llama (SentencePiece) and gpt2 (byte-pair "
                    + "encoding) are."
            ),
        };
    }

    private static TokenizerParts SentencePiece(Vocabulary vocabulary, bool controlInText)
    {
        var scores = vocabulary.Scores();
        var addsBlank = vocabulary.Flag("add_space_prefix", otherwise: true);
        var toBlank = new ReplaceNormalizer(new StringPattern(" "), Blank);
        List<IDecoder> decoders =
        [
            TokenDecoder.Replace(new StringPattern(Blank), " "),
            new ByteFallbackDecoder(),
            new FuseDecoder(),
        ];
        if (addsBlank)
        {
            decoders.Add(TokenDecoder.Strip(' ', 1, 0));
        }

        return vocabulary.Parts(
            new ScoredMergeModel(vocabulary.Table, scores, vocabulary.Id("unknown_token_id")),
            controlInText,
            addsBegin: true
        ) with
        {
            Normalizer = addsBlank ? new NormalizerSequence([new PrependNormalizer(Blank), toBlank]) : toBlank,
            Decoder = new DecoderSequence(decoders),
        };
    }

    private static TokenizerParts BytePairs(Vocabulary vocabulary, bool controlInText)
    {
        var name = vocabulary.Text("pre");
        var pre =
            NamedPreTokenizers.Find(name)
            ?? throw new GgufUnsupportedException(
                $"The pre-tokenizer '{name}' ({Prefix}pre) is not known; those that are: "
                    + $"{string.Join(", ", NamedPreTokenizers.Names)}. Another one would make "
                    + "other tokens."
            );
        var options = new BpeOptions { IgnoreMerges = pre.TakesWholeWords };
        return vocabulary.Parts(
            new BpeModel(vocabulary.Table, vocabulary.Merges(), options),
            controlInText,
            pre.AddsBegin
        ) with
        {
            PreTokenizer = pre.Create(),
            Decoder = new ByteLevelDecoder(),
        };
    }

    /// <summary>The tokens of a file, and what their ids are for.</summary>
    private sealed class Vocabulary
    {
        private readonly GgufMetadata _metadata;
        private readonly IReadOnlyList<string> _tokens;
        private readonly IReadOnlyList<long> _kinds;

        public Vocabulary(GgufMetadata metadata)
        {
            _metadata = metadata;
            _tokens = metadata.Texts(Prefix + "tokens");
            if (_tokens.Count == 0)
            {
                throw new GgufModelException($"The key '{Prefix}tokens' has no tokens.");
            }

            Table = TokenTable.FromList(_tokens);
            _kinds = metadata.ContainsKey(Prefix + "token_type")
                ? OfEachToken("token_type", metadata.Integers(Prefix + "token_type"))
                : [];
        }

        public TokenTable Table { get; }

        public string Text(string name) => _metadata.Text(Prefix + name);

        public bool Flag(string name, bool otherwise) =>
            _metadata.ContainsKey(Prefix + name) ? _metadata.Flag(Prefix + name) : otherwise;

        public float[] Scores() =>
            [.. OfEachToken("scores", _metadata.Reals(Prefix + "scores")).Select(score => (float)score)];

        /// <summary>The id of a token with a purpose; null where the file names none.</summary>
        public int? Id(string name)
        {
            if (!_metadata.ContainsKey(Prefix + name))
            {
                return null;
            }

            var id = _metadata.Integer(Prefix + name);
            return id >= 0 && id < _tokens.Count
                ? (int)id
                : throw new GgufModelException(
                    $"The key '{Prefix}{name}' is {id}, but there are only {_tokens.Count} tokens."
                );
        }

        /// <summary>The pairs that are merged, the first learned first.</summary>
        public List<(string Left, string Right)> Merges()
        {
            var merges = new List<(string, string)>();
            foreach (var merge in _metadata.Texts(Prefix + "merges"))
            {
                // A part can be a blank itself only in alphabets other than GPT-2's, but it never begins a part here.
                var at = merge.IndexOf(' ', Math.Min(1, merge.Length));
                var (left, right) = at < 0 ? (merge, "") : (merge[..at], merge[(at + 1)..]);
                if (
                    !Table.TryGetId(left, out _)
                    || !Table.TryGetId(right, out _)
                    || !Table.TryGetId(left + right, out _)
                )
                {
                    throw new GgufModelException(
                        $"The key '{Prefix}merges' has '{merge}' as entry {merges.Count}; it has to be two tokens that "
                            + "together are a token."
                    );
                }

                merges.Add((left, right));
            }

            return merges;
        }

        /// <summary>A tokenizer's parts, with what is the same for all.</summary>
        public TokenizerParts Parts(ISubwordModel model, bool controlInText, bool addsBegin)
        {
            var (begin, end) = (Token(Id("bos_token_id")), Token(Id("eos_token_id")));
            List<TemplatePart> row = [TemplatePart.Text(0, 0)];
            List<TemplatePart> pair = [TemplatePart.Text(0, 0), TemplatePart.Text(1, 0)];
            if (begin is { } first && Flag("add_bos_token", addsBegin))
            {
                row.Insert(0, TemplatePart.Token(first, 0));
                pair.Insert(0, TemplatePart.Token(first, 0));
            }

            if (end is { } last && Flag("add_eos_token", otherwise: false))
            {
                row.Add(TemplatePart.Token(last, 0));
                pair.Add(TemplatePart.Token(last, 0));
            }

            return new TokenizerParts(model)
            {
                Added =
                [
                    .. _kinds
                        .Select((kind, id) => (Kind: kind, Text: _tokens[id]))
                        .Where(token => token.Kind is UserDefined or Control)
                        .Select(token => new AddedToken(token.Text)
                        {
                            IsSpecial = token.Kind is Control,
                            IsSought = token.Kind is UserDefined || controlInText,
                        }),
                ],
                Processor = new TemplateProcessor(row, pair),
                Special = new SpecialTokens
                {
                    Begin = begin?.Text,
                    End = end?.Text,
                    Unknown = Token(Id("unknown_token_id"))?.Text,
                    Separator = Token(Id("seperator_token_id"))?.Text, // as the format spells it
                    Padding = Token(Id("padding_token_id"))?.Text,
                    Mask = Token(Id("mask_token_id"))?.Text,
                },
            };
        }

        private (int Id, string Text)? Token(int? id) => id is { } number ? (number, _tokens[number]) : null;

        private IReadOnlyList<T> OfEachToken<T>(string name, IReadOnlyList<T> values) =>
            values.Count == _tokens.Count
                ? values
                : throw new GgufModelException(
                    $"The key '{Prefix}{name}' has {values.Count} entries, but there are {_tokens.Count} tokens."
                );
    }
}
