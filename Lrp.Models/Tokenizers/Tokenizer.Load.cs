using System.Text.Json;

namespace Lrp.Models.Tokenizers;

public sealed partial class Tokenizer
{
    private const string JsonFile = "tokenizer.json";

    /// <summary>Loads a tokenizer from a published model's folder, or from its tokenizer.json.</summary>
    /// <param name="path">
    /// The folder, which has a <c>tokenizer.json</c>, or the older <c>vocab.txt</c> (BERT), or <c>vocab.json</c> with
    /// <c>merges.txt</c> (GPT-2, RoBERTa). Or the path of a <c>tokenizer.json</c>, of any name. What special tokens are
    /// for is read from the files beside it.
    /// </param>
    /// <exception cref="FileNotFoundException">None of the files is there.</exception>
    /// <exception cref="TokenizerException">A file is damaged, or has a part of a kind that is not known.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var json = isFolder ? Path.Combine(path, JsonFile) : path;
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

        throw new FileNotFoundException(
            isFolder
                ? $"The folder '{path}' has no {JsonFile}, and neither {VocabularyFiles.WordPieceFile} nor "
                    + $"{VocabularyFiles.BpeFile} with {VocabularyFiles.MergesFile}; download one of them from where "
                    + "the model comes from."
                : $"There is no file or folder '{path}' to load a tokenizer from.",
            json
        );
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
