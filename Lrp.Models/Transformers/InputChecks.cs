using Lrp.Models.Transformers.Configurations;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>What a model is given, checked before anything is computed.</summary>
internal static class InputChecks
{
    /// <exception cref="ArgumentException">A shape, an element type or an id does not fit.</exception>
    public static void Check(
        TransformerConfiguration configuration,
        Tensor ids,
        Tensor? mask,
        Tensor? positions,
        Tensor? tokenTypes
    )
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.dim() != 2 || ids.dtype != ScalarType.Int64 || ids.numel() == 0)
        {
            throw new ArgumentException(
                $"Token ids have to be int64 of shape [texts, tokens] with at least one token, these are {Kind(ids)}.",
                nameof(ids)
            );
        }

        var (batch, length) = (ids.shape[0], ids.shape[1]);
        if (configuration.LongestText < length)
        {
            throw new ArgumentException(
                $"The text has {length} tokens, and this {configuration.ModelType} reads "
                    + $"{configuration.LongestText} at most: shorten it.",
                nameof(ids)
            );
        }

        var stack = configuration.Encoder ?? configuration.Stack;
        ThrowIfOutside(ids, stack.Vocabulary, "token ids", "use the tokenizer that belongs to the model", nameof(ids));
        ThrowIfUnfit(mask, "The mask", nameof(mask));
        ThrowIfUnfit(tokenTypes, "Token types", nameof(tokenTypes));
        if (tokenTypes is not null)
        {
            const string Remedy = "leave them out";
            ThrowIfOutside(tokenTypes, Math.Max(stack.TokenTypes, 1), "token types", Remedy, nameof(tokenTypes));
        }

        if (positions is not null && (positions.dim() != 2 || positions.shape[1] != length || IsOtherBatch(positions)))
        {
            throw new ArgumentException(
                $"Positions have shape [{string.Join(", ", positions.shape)}], and the ids [{batch}, {length}]: give "
                    + "one for each token.",
                nameof(positions)
            );
        }

        ThrowIfNoPlaces(stack, positions);

        bool IsOtherBatch(Tensor tensor) => tensor.shape[0] != 1 && tensor.shape[0] != batch;

        void ThrowIfUnfit(Tensor? tensor, string what, string name)
        {
            if (tensor is not null && !tensor.shape.AsSpan().SequenceEqual(ids.shape))
            {
                throw new ArgumentException(
                    $"{what} of shape [{string.Join(", ", tensor.shape)}] does not fit ids of shape "
                        + $"[{batch}, {length}]: give one number for each token.",
                    name
                );
            }
        }
    }

    /// <summary>Positions that are given have to be rows of a table, or angles of rotary positions.</summary>
    private static void ThrowIfNoPlaces(StackConfiguration stack, Tensor? positions)
    {
        if (positions is null)
        {
            return;
        }

        if (stack.RelativePositions is not null)
        {
            throw new ArgumentException(
                "The model has relative positions, which follow from the order of the tokens: leave positions out.",
                nameof(positions)
            );
        }

        if (stack.Positions is { } table)
        {
            using var rows = PositionIds.RowsOf(table, positions);
            const string Remedy = "leave positions out, or give such as it has";
            ThrowIfOutside(rows, table.Rows, "rows of the table of positions", Remedy, nameof(positions));
        }
    }

    private static void ThrowIfOutside(Tensor ids, long count, string what, string remedy, string name)
    {
        using var least = ids.min();
        using var largest = ids.max();
        var (low, high) = (least.ToInt64(), largest.ToInt64());
        if (low < 0 || high >= count)
        {
            throw new ArgumentException(
                $"The {what} go from {low} to {high}, and the model knows 0 to {count - 1}: {remedy}.",
                name
            );
        }
    }

    private static string Kind(Tensor tensor) => $"{tensor.dtype} of shape [{string.Join(", ", tensor.shape)}]";
}
