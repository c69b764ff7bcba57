using System.Text.Json;
using Lrp.Checkpoints;

namespace Lrp.Models.Tokenizers;

public sealed partial class Tokenizer
{
    private const string JsonFile = "tokenizer.json";
    private const string GgufEnding = ".gguf";

    private static readonly string[] SentencePieceFiles =
    [
        "sentencepiece.bpe.model",
        "spiece.model",
        "tokenizer.model",
    ];

    /// <summary>Loads a tokenizer from a published model's folder, or from its tokenizer.json.</summary>
    /// <param name="path">
    /// The folder, which has a <c>tokenizer.json</c>, or the older <c>vocab.txt</c> (BERT), or <c>vocab.json</c> with
    /// <c>merges.txt</c> (GPT-2, RoBERTa). Or the path of a <c>tokenizer.json</c>, of any name. What special tokens are
    /// for is read from the files beside it. Or the path of a GGUF file, <c>.gguf</c>, that has a tokenizer.
    /// </param>
    /// <exception cref="FileNotFoundException">None of the files is there.</exception>
    /// <exception cref="GgufException">The GGUF file is damaged, or has a tokenizer that is not known.</exception>
    /// <exception cref="TokenizerException">A file is damaged, or has a part of a kind that is not known.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var json = isFolder ? Path.Combine(path, JsonFile) : path;
        if (json.EndsWith(GgufEnding, StringComparison.OrdinalIgnoreCase) && File.Exists(json))
        {
            using var file = GgufFile.Open(json);
            return FromGguf(file.Metadata);
        }

        if (File.Exists(json))
        {
            return Read(json, folder, named => TokenizerJson.Read(json) with { Special = named });
        }

        if (isFolder && File.Exists(Path.Combine(path, VocabularyFiles.WordPieceFile)))
        {
            return Read(path, folder, named => VocabularyFiles.ReadBert(folder, named));
        }

        if (
            isFolder
            && File.Exists(Path.Combine(path, VocabularyFiles.BpeFile))
            && File.Exists(Path.Combine(path, VocabularyFiles.MergesFile))
        )
        {
            return Read(path, folder, named => VocabularyFiles.ReadGpt2(folder, named));
        }

        throw new FileNotFoundException(WhatIsMissing(path, isFolder), json);
    }

    /// <summary>The tokenizer in the metadata of a GGUF file.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="controlInText">
    /// Whether a control token such as <c>&lt;|im_start|&gt;</c> that is written in a text is that token; null: as in
    /// the libraries of the tokenizers, yes for byte-pair encoding, no for SentencePiece.
    /// </param>
    /// <exception cref="GgufUnsupportedException">The tokenizer or its pre-tokenizer is not known.</exception>
    /// <exception cref="GgufModelException">A key is missing, or does not fit another one.</exception>
    public static Tokenizer FromGguf(GgufMetadata metadata, bool? controlInText = null)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return new Tokenizer(GgufTokenizer.Read(metadata, controlInText));
    }

    private static string WhatIsMissing(string path, bool isFolder)
    {
        if (!isFolder)
        {
            return $"There is no file or folder '{path}' to load a tokenizer from.";
        }

        if (SentencePieceFiles.FirstOrDefault(name => File.Exists(Path.Combine(path, name))) is { } only)
        {
            return $"The folder '{path}' has no {JsonFile}, only {only}, which is not read. In Python, "
                + $"AutoTokenizer.from_pretrained('{path}').save_pretrained('{path}') writes {JsonFile}.";
        }

        return $"The folder '{path}' has no {JsonFile}, and neither {VocabularyFiles.WordPieceFile} nor "
            + $"{VocabularyFiles.BpeFile} with {VocabularyFiles.MergesFile}; download one of them from where the model "
            + "comes from.";
    }

    private static Tokenizer Read(string path, string folder, Func<SpecialTokens, TokenizerParts> read)
    {
        try
        {
            return new Tokenizer(read(SpecialTokens.Read(folder)));
        }
        catch (JsonException exception)
        {
            throw new TokenizerException(
                $"'{path}' is damaged or cut off; download it again. {exception.Message}",
                exception
            );
        }
        catch (Exception exception)
            when (exception is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new TokenizerException(
                $"'{path}' is no tokenizer that is known here: {exception.Message}",
                exception
            );
        }
    }
}
