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
internal sealed record SentencePooling(bool IsMean, bool IsNormalized, long? LongestText, bool LowersCase = false)
{
    private const string Prefix = "pooling_mode_";
    private const string Mean = "pooling_mode_mean_tokens";
    private const string First = "pooling_mode_cls_token";

    private static readonly MaskedMean MeanOfTokens = new();

    /// <summary>
    /// Reads a folder of sentence-transformers; one without <c>modules.json</c> has the mean, normalized.
    /// </summary>
    /// <exception cref="NotSupportedException">The folder asks for something else; the message names it.</exception>
    /// <exception cref="FormatException">A file is damaged.</exception>
    public static SentencePooling Read(string folder)
    {
        ThrowIfPrompted(folder);
        var (longest, lowersCase) = ReadTexts(folder);
        var path = Path.Combine(folder, "modules.json");
        if (!File.Exists(path))
        {
            return new SentencePooling(IsMean: true, IsNormalized: true, longest, lowersCase);
        }

        using var modules = ModelConfig.Parse(path);
        var isMean = true;
        var isNormalized = false;
        foreach (var module in modules.RootElement.EnumerateArray())
        {
            var type = module.GetProperty("type").GetString()!.Split('.')[^1];
            switch (type)
            {
                case "Transformer":
                    break;
                case "Pooling":
                    isMean = IsMeanOf(Path.Combine(folder, module.GetProperty("path").GetString()!, "config.json"));
                    break;
                case "Normalize":
                    isNormalized = true;
                    break;
                default:
                    throw new NotSupportedException(
                        $"{path} asks for a module {type}; Transformer, Pooling and Normalize are supported."
                    );
            }
        }

        return new SentencePooling(isMean, isNormalized, longest, lowersCase);
    }

    /// <summary>The vector of each text, of whatever length it has.</summary>
    /// <param name="states">B × T × D.</param>
    /// <param name="mask">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <returns>B × D.</returns>
    public Tensor Of(Tensor states, Tensor? mask) => IsMean ? MeanOfTokens.call(states, mask) : states.select(1, 0);

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

    /// <summary>What sentence_bert_config.json says of texts.</summary>
    private static (long? Longest, bool LowersCase) ReadTexts(string folder)
    {
        var path = Path.Combine(folder, "sentence_bert_config.json");
        if (!File.Exists(path))
        {
            return (null, false);
        }

        using var config = ModelConfig.Parse(path);
        var root = config.RootElement;
        return (
            root.TryGetProperty("max_seq_length", out var length) && length.ValueKind == JsonValueKind.Number
                ? length.GetInt64()
                : null,
            root.TryGetProperty("do_lower_case", out var lower) && lower.ValueKind == JsonValueKind.True
        );
    }

    /// <summary>A prompt that stands before every text would have relevance of its own.</summary>
    private static void ThrowIfPrompted(string folder)
    {
        var path = Path.Combine(folder, "config_sentence_transformers.json");
        if (!File.Exists(path))
        {
            return;
        }

        using var config = ModelConfig.Parse(path);
        if (
            config.RootElement.TryGetProperty("default_prompt_name", out var name)
            && name.ValueKind == JsonValueKind.String
        )
        {
            throw new NotSupportedException(
                $"{path} puts the prompt '{name}' before each text, which is not supported: set default_prompt_name to "
                    + "null, and write the prompt into your texts."
            );
        }
    }
}
