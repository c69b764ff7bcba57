using System.Globalization;
using Lrp.Checkpoints;
using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Gguf;

/// <summary>What a GGUF file's metadata says of a model, in our words.</summary>
internal static class GgufConfiguration
{
    private const string ArchitectureKey = "general.architecture";
    private const string Words = "token_embd.weight";
    private const string BlockPrefix = "blk.";

    /// <summary>Reads the configuration, and compares it with the shapes of the tensors of the first block.</summary>
    /// <remarks>So no memory is taken for sizes that only the metadata says.</remarks>
    /// <exception cref="GgufModelException">
    /// A key is missing or wrong, or does not fit another one or a tensor.
    /// </exception>
    /// <exception cref="GgufUnsupportedException">The architecture, or something in it, is not known.</exception>
    public static (GgufArchitecture Architecture, TransformerConfiguration Configuration) Read(GgufFile file)
    {
        ThrowIfSplit(file);
        var name = file.Metadata.Text(ArchitectureKey);
        if (!GgufArchitecture.All.TryGetValue(name, out var architecture))
        {
            throw new GgufUnsupportedException(
                $"The architecture '{name}' ({ArchitectureKey}) is not supported; those that are: "
                    + $"{string.Join(", ", GgufArchitecture.All.Keys)}."
            );
        }

        var keys = new GgufKeys(file.Metadata, name);
        if (keys.Has("expert_count") && file.Metadata.Integer(keys.Key("expert_count")) != 0)
        {
            throw new GgufUnsupportedException(
                $"The model is a mixture of experts ('{keys.Key("expert_count")}'), which is not read from GGUF files; "
                    + "take the model's folder with safetensors."
            );
        }

        var stack = architecture.Change(Stack(file, keys), keys) with { Window = Window(architecture, keys) };
        CheckSizes(file, keys, stack);
        return (
            architecture,
            new TransformerConfiguration
            {
                ModelType = name,
                Architecture = name,
                Task = TransformerTask.NextToken,
                Stack = stack,
                Head = new HeadConfiguration { Outputs = stack.Vocabulary, IsTied = !file.Contains("output.weight") },
                LongestText = keys.Has("context_length") ? keys.Count("context_length") : null,
            }
        );
    }

    private static StackConfiguration Stack(GgufFile file, GgufKeys keys)
    {
        var (width, heads) = (keys.Count("embedding_length"), keys.Count("attention.head_count"));
        var keyHeads = keys.Count("attention.head_count_kv", heads);
        if (heads % keyHeads != 0)
        {
            throw new GgufModelException(
                $"'{keys.Key("attention.head_count")}' is {heads} and '{keys.Key("attention.head_count_kv")}' is "
                    + $"{keyHeads}, which does not divide it."
            );
        }

        var size = HeadSize(keys, width, heads);
        return new StackConfiguration
        {
            Vocabulary = Vocabulary(file, keys),
            Width = width,
            Layers = Layers(file, keys),
            IsCausal = true,
            HasFinalNorm = true,
            Rotary = GgufRotary.Read(file, keys, size),
            Attention = new AttentionOptions
            {
                Width = width,
                Heads = heads,
                KeyHeads = keyHeads,
                HeadSize = size,
                HasBias = file.Contains("blk.0.attn_q.bias") || file.Contains("blk.0.attn_qkv.bias"),
                HasOutputBias = file.Contains("blk.0.attn_output.bias"),
            },
            Mlp = new MlpOptions
            {
                Inner = keys.Count("feed_forward_length"),
                Activation = "silu",
                IsGated = true,
                HasBias = file.Contains("blk.0.ffn_down.bias"),
            },
            Norm = new NormOptions { IsRms = true, Epsilon = keys.Positive("attention.layer_norm_rms_epsilon") },
        };
    }

    private static long HeadSize(GgufKeys keys, long width, long heads)
    {
        if (!keys.Has("attention.key_length") && width % heads != 0)
        {
            throw new GgufModelException(
                $"'{keys.Key("attention.head_count")}' is {heads}, which does not divide '"
                    + $"{keys.Key("embedding_length")}', {width}, and there is no '{keys.Key("attention.key_length")}'."
            );
        }

        var size = keys.Count("attention.key_length", width / heads);
        var valueSize = keys.Count("attention.value_length", size);
        return size == valueSize
            ? size
            : throw new GgufUnsupportedException(
                $"'{keys.Key("attention.key_length")}' is {size} and '{keys.Key("attention.value_length")}' is "
                    + $"{valueSize}; only heads whose keys and values have one size are supported."
            );
    }

    private static long Vocabulary(GgufFile file, GgufKeys keys)
    {
        if (!file.Contains(Words) || file.Entry(Words).Shape is not [var rows, _])
        {
            throw new GgufModelException(
                $"The tensor '{Words}', the table of words, is missing or has no two dimensions."
            );
        }

        var said = keys.Count("vocab_size", rows);
        return said == rows
            ? rows
            : throw new GgufModelException($"'{keys.Key("vocab_size")}' is {said}, but '{Words}' has {rows} rows.");
    }

    private static int Layers(GgufFile file, GgufKeys keys)
    {
        var blocks = file
            .Names.Where(name => name.StartsWith(BlockPrefix, StringComparison.Ordinal))
            .Select(name => name[BlockPrefix.Length..].Split('.')[0])
            .Where(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Distinct(StringComparer.Ordinal)
            .Count();
        var said = keys.Count("block_count");
        return said == blocks
            ? blocks
            : throw new GgufModelException(
                $"'{keys.Key("block_count")}' is {said}, but the file has tensors of {blocks} blocks."
            );
    }

    private static WindowOptions? Window(GgufArchitecture architecture, GgufKeys keys)
    {
        if (!keys.Has("attention.sliding_window"))
        {
            return null;
        }

        return new WindowOptions
        {
            Size = keys.Count("attention.sliding_window"),
            Layers = Enumerable
                .Range(0, (int)keys.Count("block_count"))
                .Where(layer => architecture.SlidingLayers(keys, layer))
                .ToHashSet(),
        };
    }

    private static void CheckSizes(GgufFile file, GgufKeys keys, StackConfiguration stack)
    {
        var attention = stack.Attention;
        var (all, shared) = (attention.Heads * attention.HeadSize, attention.KeyHeads * attention.HeadSize);
        var isFused = file.Contains("blk.0.attn_qkv.weight");
        string[] heads =
        [
            "attention.head_count",
            "attention.head_count_kv",
            "attention.key_length",
            "embedding_length",
        ];
        Check(Words, ["embedding_length"], stack.Vocabulary, stack.Width);
        Check("blk.0.attn_q.weight", heads, all, stack.Width);
        Check("blk.0.attn_k.weight", heads, shared, stack.Width);
        Check("blk.0.attn_v.weight", heads, shared, stack.Width);
        Check("blk.0.attn_qkv.weight", heads, all + (2 * shared), stack.Width);
        Check("blk.0.attn_output.weight", heads, stack.Width, all);
        Check("blk.0.ffn_down.weight", ["feed_forward_length"], stack.Width, stack.Mlp.Inner);
        Check("blk.0.ffn_up.weight", ["feed_forward_length"], (isFused ? 2 : 1) * stack.Mlp.Inner, stack.Width);

        void Check(string name, string[] from, long rows, long columns)
        {
            if (file.Contains(name) && !file.Entry(name).Shape.SequenceEqual([rows, columns]))
            {
                throw new GgufModelException(
                    $"The tensor '{file.Entry(name)}' has to be [{rows}, {columns}] by the keys "
                        + $"{string.Join(", ", from.Where(keys.Has).Select(key => $"'{keys.Key(key)}'"))}."
                );
            }
        }
    }

    private static void ThrowIfSplit(GgufFile file)
    {
        if (file.Metadata.ContainsKey("split.count") && file.Metadata.Integer("split.count") > 1)
        {
            throw new GgufUnsupportedException(
                $"The file is one of {file.Metadata.Integer("split.count")} ('split.count'), which are not read "
                    + "together; join them by llama.cpp's llama-gguf-split --merge."
            );
        }
    }
}
