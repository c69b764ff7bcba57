using System.Text.Json.Nodes;
using Lrp.Models.Tokenizers;

namespace Lrp.Tests.Tokenizers;

/// <summary>A temporary folder with a tokenizer that a test writes.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tokenizer");

    public string Path => _folder.FullName;

    /// <summary>A folder whose tokenizer.json has one vocabulary of whole words, and further parts.</summary>
    /// <param name="words">The words; their places are their ids. '[UNK]' stands for all others.</param>
    /// <param name="parts">The further parts as JSON, for example <c>"normalizer": {...}</c>.</param>
    public static TokenizerFolder OfWords(string[] words, string parts = "")
    {
        var vocabulary = new JsonObject(words.Select((word, id) => KeyValuePair.Create(word, (JsonNode?)id)));
        return OfJson(
            $$"""
            {
              "version": "1.0",
              {{(parts.Length > 0 ? parts + "," : "")}}
              "model": { "type": "WordLevel", "vocab": {{vocabulary.ToJsonString()}}, "unk_token": "[UNK]" }
            }
            """
        );
    }

    public static TokenizerFolder OfJson(string json) => new TokenizerFolder().With("tokenizer.json", json);

    public TokenizerFolder With(string file, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, file), content);
        return this;
    }

    /// <summary>A copy of some of a folder's files.</summary>
    public static TokenizerFolder CopyOf(string folder, params string[] files)
    {
        var copy = new TokenizerFolder();
        foreach (var file in files)
        {
            File.Copy(System.IO.Path.Combine(folder, file), System.IO.Path.Combine(copy.Path, file));
        }

        return copy;
    }

    public Tokenizer Load() => Tokenizer.Load(Path);

    public void Dispose() => _folder.Delete(recursive: true);
}
