using static TorchSharp.torch;

namespace Lrp.Analysis.Activations;

/// <summary>Converts a layer's output to rows: one row per word, or one row per sample.</summary>
internal static class WordRows
{
    public static Tensor Of(Tensor output, ActivationBatch batch, ExtractionOptions options, string layer)
    {
        if (options.SequenceFirst && output.dim() == 3)
        {
            output = output.transpose(0, 1);
        }

        if (output.dim() < 2)
        {
            throw new InvalidOperationException(
                $"The module '{layer}' returned ({string.Join(", ", output.shape)}), but must return (samples, "
                    + "neurons) or (samples, positions, neurons)."
            );
        }

        if (output.dim() != 3)
        {
            return output.flatten(1);
        }

        var positions = output.flatten(0, 1);
        return batch.WordOfPosition is { } words
            ? Words(positions, words, output.shape, options.Aggregation, layer)
            : positions;
    }

    private static Tensor Words(
        Tensor positions,
        IReadOnlyList<IReadOnlyList<int>> words,
        long[] shape,
        WordAggregation aggregation,
        string layer
    )
    {
        if (words.Count != shape[0] || words.Any(sample => sample.Count != shape[1]))
        {
            throw new ArgumentException(
                $"The module '{layer}' returned {shape[0]} samples of {shape[1]} positions, but words are given "
                    + $"for {words.Count} samples of "
                    + $"{string.Join("/", words.Select(sample => sample.Count).Distinct().Take(3))}. If samples and "
                    + $"positions are swapped, set {nameof(ExtractionOptions.SequenceFirst)}."
            );
        }

        var first = new List<long>();
        var last = new List<long>();
        var members = new List<long>();
        var wordOf = new List<long>();
        for (var sample = 0; sample < words.Count; sample++)
        {
            var current = -1;
            for (var position = 0; position < words[sample].Count; position++)
            {
                var word = words[sample][position];
                if (word < 0)
                {
                    continue;
                }

                var row = (sample * shape[1]) + position;
                if (word < current)
                {
                    throw new ArgumentException(
                        $"Word numbers must not decrease: in sample {sample}, word {word} follows word {current}."
                    );
                }

                if (word > current)
                {
                    first.Add(row);
                    last.Add(row);
                }

                current = word;
                last[^1] = row;
                members.Add(row);
                wordOf.Add(first.Count - 1);
            }
        }

        Tensor Index(List<long> list) => tensor(list.ToArray(), dtype: ScalarType.Int64).to(positions.device);
        switch (aggregation)
        {
            case WordAggregation.First:
                return positions.index_select(0, Index(first));
            case WordAggregation.Last:
                return positions.index_select(0, Index(last));
            default:
                var sums = zeros([first.Count, shape[2]], dtype: positions.dtype, device: positions.device)
                    .index_add(0, Index(wordOf), positions.index_select(0, Index(members)), 1);
                float[] sizes =
                [
                    .. wordOf.GroupBy(word => word).OrderBy(group => group.Key).Select(group => (float)group.Count()),
                ];
                return sums / tensor(sizes).to(positions.dtype).to(positions.device).unsqueeze(1);
        }
    }
}
