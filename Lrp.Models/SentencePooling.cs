using System.Text.Json;
using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>How the states of tokens become one vector, as <c>modules.json</c> and its pooling say.</summary>
/// <param name="IsMean">Whether it is the mean over all tokens; otherwise the state of the first one.</param>
/// <param name="IsNormalized">Whether the vector's length is made 1.</param>
/// <param name="LongestText">The number of tokens of the longest text; null for that of the model.</param>
/// <param name="LowersCase">Whether texts are put in lower case before the tokenizer.</param>
/// <param name="IsCosine">Whether texts are compared by the angle of their vectors, and not by their product.</param>
/// <param name="Folder">The folder of the transformer and its tokenizer, which may lie inside the encoder's.</param>
internal sealed record SentencePooling(
    bool IsMean,
    bool IsNormalized,
    long? LongestText,
    bool LowersCase,
    bool IsCosine = true,
    string Folder = ""
)
{
    private const string Prefix = "pooling_mode_";
    private const string Mean = "pooling_mode_mean_tokens";
    private const string First = "pooling_mode_cls_token";

    private static readonly MaskedMean MeanOfTokens = new();

    /// <summary>Names of the file about texts; older encoders have it by the type of their transformer.</summary>
    private static readonly string[] TextFiles =
    [
        "sentence_bert_config.json",
        "sentence_roberta_config.json",
        "sentence_distilbert_config.json",
        "sentence_camembert_config.json",
        "sentence_albert_config.json",
        "sentence_xlm-roberta_config.json",
    ];

    /// <summary>
    /// Reads a folder of sentence-transformers; one without <c>modules.json</c> has the mean, normalized.
    /// </summary>
    /// <exception cref="NotSupportedException">The folder asks for something else; the message names it.</exception>
    /// <exception cref="FormatException">A file is damaged.</exception>
    public static SentencePooling Read(string folder)
    {
        var isCosine = ReadComparison(folder);
        var path = Path.Combine(folder, "modules.json");
        if (!File.Exists(path))
        {
            return new SentencePooling(
                IsMean: true,
                IsNormalized: true,
                null,
                LowersCase: false,
                isCosine,
                folder
            ).WithTexts();
        }

        using var modules = ModelConfig.Parse(path);
        if (modules.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"{path} is no list of modules.");
        }

        var pooling = new SentencePooling(IsMean: true, IsNormalized: false, null, LowersCase: false, isCosine, folder);
        foreach (var module in modules.RootElement.EnumerateArray())
        {
            var type = Text(module, "type").Split('.')[^1];
            pooling = type switch
            {
                "Transformer" => pooling with { Folder = Path.Combine(folder, Text(module, "path")) },
                "Pooling" => pooling with
                {
                    IsMean = IsMeanOf(Path.Combine(folder, Text(module, "path"), "config.json")),
                },
                "Normalize" => pooling with { IsNormalized = true },
                _ => throw new NotSupportedException(
                    $"{path} asks for a module {type}; Transformer, Pooling and Normalize are supported."
                ),
            };
        }

        return pooling.WithTexts();

        string Text(JsonElement module, string name) =>
            module.ValueKind == JsonValueKind.Object
            && module.TryGetProperty(name, out var text)
            && text.ValueKind == JsonValueKind.String
                ? text.GetString()!
                : throw new FormatException($"{path} has a module without '{name}'.");
    }

    /// <summary>The vector of each text, of whatever length it has.</summary>
    /// <param name="states">B × T × D.</param>
    /// <param name="mask">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <returns>B × D.</returns>
    public Tensor Of(Tensor states, Tensor? mask) => IsMean ? MeanOfTokens.call(states, mask) : states.select(1, 0);

    /// <summary>
    /// Vectors as texts are compared by them: of length 1, unless by the product of what the model gives.
    /// </summary>
    /// <param name="vectors">B × D.</param>
    /// <param name="constantLength">Whether the length by which they are divided is a constant, as in AttnLRP.</param>
    /// <returns>B × D.</returns>
    public Tensor Compared(Tensor vectors, bool constantLength = true) =>
        IsCosine || IsNormalized ? Unit(vectors, constantLength) : vectors;

    /// <summary>Vectors of length 1.</summary>
    /// <param name="vectors">B × D.</param>
    /// <param name="constantLength">Whether the length by which they are divided is a constant, as in AttnLRP.</param>
    /// <returns>B × D.</returns>
    public static Tensor Unit(Tensor vectors, bool constantLength)
    {
        using var scope = NewDisposeScope();
        var length = vectors.norm(1, keepdim: true).clamp_min(1e-12);
        return (vectors / (constantLength ? length.detach() : length)).MoveToOuterDisposeScope();
    }

    private static bool IsMeanOf(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no '{path}', which modules.json names: download it too.");
        }

        using var config = ModelConfig.Parse(path);
        string[] modes =
        [
            .. config
                .RootElement.EnumerateObject()
                .Where(entry => entry.Name.StartsWith(Prefix, StringComparison.Ordinal))
                .Where(entry => entry.Value.ValueKind == JsonValueKind.True)
                .Select(entry => entry.Name),
        ];
        return modes switch
        {
            [Mean] => true,
            [First] => false,
            _ => throw new NotSupportedException(
                $"{path} asks for {string.Join(" and ", modes.DefaultIfEmpty("no pooling"))}; {Mean} or {First} is "
                    + "supported."
            ),
        };
    }

    /// <summary>The same with what the transformer's folder says of texts.</summary>
    private SentencePooling WithTexts()
    {
        if (TextFiles.Select(name => Path.Combine(Folder, name)).FirstOrDefault(File.Exists) is not { } path)
        {
            return this;
        }

        using var config = ModelConfig.Parse(path);
        var root = config.RootElement;
        return this with
        {
            LongestText =
                root.TryGetProperty("max_seq_length", out var length) && length.ValueKind == JsonValueKind.Number
                    ? length.GetInt64()
                    : null,
            LowersCase = root.TryGetProperty("do_lower_case", out var lower) && lower.ValueKind == JsonValueKind.True,
        };
    }

    /// <summary>Whether texts are compared by the angle of their vectors, which is usual.</summary>
    /// <exception cref="NotSupportedException">
    /// They are compared by a distance, or a prompt stands before every text, which would have relevance of its own.
    /// </exception>
    private static bool ReadComparison(string folder)
    {
        var path = Path.Combine(folder, "config_sentence_transformers.json");
        if (!File.Exists(path))
        {
            return true;
        }

        using var config = ModelConfig.Parse(path);
        if (Text("default_prompt_name") is { } prompt)
        {
            throw new NotSupportedException(
                $"{path} puts the prompt '{prompt}' before each text, which is not supported: set default_prompt_name "
                    + "to null, and write the prompt into your texts."
            );
        }

        return Text("similarity_fn_name") switch
        {
            null or "cosine" => true,
            "dot" => false,
            var other => throw new NotSupportedException(
                $"{path} compares texts by '{other}' (similarity_fn_name); cosine and dot are supported."
            ),
        };

        string? Text(string name) =>
            config.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }
}
