using Lrp.Core.Embeddings;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// Finds out in the first pass which calls of embeddings look the model's arguments up: their outputs are explained in
/// the place of the arguments.
/// </summary>
internal static class EmbeddingPlan
{
    private const int MostColumns = 256;

    /// <summary>The inputs of a model that embeds nothing.</summary>
    public static List<ExplainedInput> WithoutEmbeddings(IReadOnlyList<ModelArgument> arguments) =>
        [.. Enumerable.Range(0, arguments.Count).Where(k => arguments[k].IsExplained).Select(k => Of(arguments, k))];

    /// <summary>The inputs of a model that embeds ids.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="given">Their part in the pass, n samples.</param>
    /// <param name="notes">The calls of embeddings in the pass.</param>
    /// <param name="everything">Whether all embeddings are read, those of positions among them.</param>
    /// <exception cref="InvalidOperationException">Nothing can be explained.</exception>
    public static List<ExplainedInput> Make(
        IReadOnlyList<ModelArgument> arguments,
        IReadOnlyList<Tensor> given,
        IReadOnlyList<EmbeddingNote> notes,
        bool everything
    )
    {
        var inputs = new List<ExplainedInput>();
        for (var k = 0; k < arguments.Count; k++)
        {
            if (arguments[k].IsExplained)
            {
                inputs.Add(Of(arguments, k));
            }

            for (var i = 0; i < notes.Count && arguments[k].IsIds; i++)
            {
                if (LayoutOf(notes[i], given[k]) is { } layout && !inputs.Exists(input => input.Call == i))
                {
                    inputs.Add(new ExplainedInput(notes[i].Name, k, i, layout));
                }
            }
        }

        if (inputs.Count == 0)
        {
            inputs.Add(First(arguments, given, notes));
        }

        for (var i = 0; i < notes.Count && everything; i++)
        {
            if (!inputs.Exists(input => input.Call == i))
            {
                var isShared = !IsOfSamples(notes[i].Ids, given[0].shape[0]);
                inputs.Add(new ExplainedInput(notes[i].Name, -1, i, EmbeddingLayout.Own, isShared));
            }
        }

        return inputs;
    }

    private static ExplainedInput Of(IReadOnlyList<ModelArgument> arguments, int k) =>
        new(arguments[k].Name ?? $"{k}", k);

    /// <summary>The model changed the ids before it embedded them, by a token at the beginning for instance.</summary>
    private static ExplainedInput First(
        IReadOnlyList<ModelArgument> arguments,
        IReadOnlyList<Tensor> given,
        IReadOnlyList<EmbeddingNote> notes
    )
    {
        var samples = given[0].shape[0];
        var argument = arguments.ToList().FindIndex(one => one.IsIds);
        var call = notes.ToList().FindIndex(note => IsOfSamples(note.Ids, samples));
        if (call >= 0)
        {
            return new ExplainedInput(notes[call].Name, argument, call, EmbeddingLayout.Own);
        }

        throw new InvalidOperationException(
            notes.Count == 0
                ? "The model was called on integers, and none of its modules of type Embedding was seen to run, so "
                    + "there is nothing that could have relevance. "
                    + (
                        EmbeddingTap.SeesOperators
                            ? "Look ids up with an nn.Embedding, or explain the embedded words, a floating point "
                                + "tensor."
                            : "Without the native library lrp_dispatch an embedding is seen only where it is run by "
                                + "call(), not by forward(): install the library, run the embedding by call(), or "
                                + "explain the embedded words, a floating point tensor."
                    )
                : $"The model was called on {samples} samples, and its embeddings looked up "
                    + string.Join(", ", notes.Select(note => $"[{string.Join(", ", note.Ids.shape)}] ('{note.Name}')"))
                    + ": none has the samples along its first dimension. Explain the embedded words, a floating point "
                    + "tensor, in the place of the ids."
        );
    }

    private static EmbeddingLayout? LayoutOf(EmbeddingNote note, Tensor argument)
    {
        var layout = LayoutOf(note.Ids, argument);
        var isBag = note.Ids.NumberOfElements * note.Value.shape[^1] != note.Value.NumberOfElements;
        return layout is not null && isBag ? EmbeddingLayout.Own : layout;
    }

    private static EmbeddingLayout? LayoutOf(Tensor ids, Tensor argument)
    {
        if (Same(ids.flatten(), argument.flatten()))
        {
            return EmbeddingLayout.AsArgument;
        }

        if (argument.dim() == 2 && ids.dim() == 2 && Same(ids.t().flatten(), argument.flatten()))
        {
            return EmbeddingLayout.Transposed;
        }

        var isColumn =
            argument.dim() == 2
            && argument.shape[1] is > 1 and <= MostColumns
            && ids.shape[0] == argument.shape[0]
            && ids.NumberOfElements == argument.shape[0];
        return isColumn && Enumerable.Range(0, (int)argument.shape[1]).Any(j => Same(ids.flatten(), argument[.., j]))
            ? EmbeddingLayout.Own
            : null;
    }

    private static bool Same(Tensor left, Tensor right) =>
        left.NumberOfElements == right.NumberOfElements
        && left.to(ScalarType.Int64).Equals(right.to(ScalarType.Int64).to(left.device));

    /// <summary>Positions that all samples share may be as many as there are samples; they count up.</summary>
    private static bool IsOfSamples(Tensor ids, long samples)
    {
        if (ids.dim() == 0 || ids.shape[0] != samples)
        {
            return false;
        }

        return ids.dim() > 1
            || samples == 1
            || !Same(ids, arange(samples, ScalarType.Int64, ids.device) + ids[0].to(ScalarType.Int64));
    }
}
