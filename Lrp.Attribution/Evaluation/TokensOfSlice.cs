using static TorchSharp.torch;

namespace Lrp.Attribution.Evaluation;

/// <summary>Some samples whose tokens are removed.</summary>
/// <param name="slice">The samples.</param>
/// <param name="position">The position of the token ids among the arguments.</param>
/// <param name="options">How tokens are removed.</param>
internal sealed class TokensOfSlice(AttributionSlice slice, int position, TokenFlipping options)
{
    /// <summary>The explained output of each sample at each step.</summary>
    /// <param name="ranks">The position of each token in the order of removal, (samples, tokens).</param>
    /// <param name="limits">For each step how many tokens of each sample are removed.</param>
    public double[][] Curves(Tensor ranks, long[][] limits)
    {
        var curves = Enumerable.Range(0, (int)slice.Samples).Select(_ => new double[limits.Length]).ToArray();
        if (options.Removal == TokenRemoval.Deletion)
        {
            for (var step = 0; step < limits.Length; step++)
            {
                Delete(ranks, limits[step], curves, step);
            }

            return curves;
        }

        var steps = Enumerable.Range(0, limits.Length);
        foreach (var some in steps.Chunk((int)Math.Min(slice.CopiesPerPass, int.MaxValue)))
        {
            using var scope = NewDisposeScope();
            var numbers = some.SelectMany(step => limits[step]).ToArray();
            var removed = ranks.unsqueeze(0).lt(tensor(numbers).reshape(some.Length, slice.Samples, 1));
            var outputs = Without(removed.to(slice.Arguments[position].device));
            Write(outputs, curves, some);
        }

        return curves;
    }

    private void Write(Tensor outputs, double[][] curves, int[] steps)
    {
        var values = outputs.to(ScalarType.Float64).cpu().data<double>().ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            curves[i % slice.Samples][steps[i / (int)slice.Samples]] = values[i];
        }
    }

    /// <param name="removed">(copies, samples, tokens).</param>
    private Tensor Without(Tensor removed)
    {
        if (options.Removal == TokenRemoval.MaskToken)
        {
            var ids = slice.Arguments[position];
            var masked = where(removed, full_like(ids, options.MaskToken!.Value), ids.unsqueeze(0)).flatten(0, 1);
            return slice.ExplainedWith(position, masked);
        }

        var embedded = slice.Explained.ToList().FindIndex(input => input.Argument == position);
        if (embedded < 0 || !slice.Inputs[embedded].shape[..2].SequenceEqual(removed.shape[1..]))
        {
            throw new InvalidOperationException(
                "The embedding of the model has not one output for each token: remove tokens by TokenRemoval.MaskToken."
            );
        }

        var copies = slice.Inputs.Select(
            (input, j) =>
                j == embedded
                    ? where(removed.unsqueeze(3), zeros_like(input), input.unsqueeze(0)).flatten(0, 1)
                    : input.repeat([removed.shape[0], .. Enumerable.Repeat(1L, (int)input.dim() - 1)])
        );
        return slice.ExplainedOf([.. copies]);
    }

    /// <summary>Samples of the same length go through the model together.</summary>
    private void Delete(Tensor ranks, long[] limits, double[][] curves, int step)
    {
        var tokens = ranks.shape[1];
        var first = 0;
        while (first < limits.Length)
        {
            var count = 1;
            while (first + count < limits.Length && limits[first + count] == limits[first])
            {
                count++;
            }

            using var scope = NewDisposeScope();
            var removed = Math.Min(limits[first], tokens - 1);
            var left = ranks
                .narrow(0, first, count)
                .ge(removed)
                .nonzero()
                .select(1, 1)
                .reshape(count, tokens - removed)
                .to(slice.Arguments[position].device);
            var outputs = slice.ExplainedOfOther(
                first,
                [.. slice.Arguments.Select(argument => Shortened(argument.narrow(0, first, count), left, tokens))]
            );
            foreach (var value in outputs.to(ScalarType.Float64).cpu().data<double>().ToArray())
            {
                curves[first++][step] = value;
            }
        }
    }

    private static Tensor Shortened(Tensor argument, Tensor left, long tokens)
    {
        if (argument.is_floating_point() || argument.dim() < 2 || argument.shape[1] != tokens)
        {
            return argument;
        }

        var (count, kept) = (left.shape[0], left.shape[1]);
        long[] ones = [.. Enumerable.Repeat(1L, (int)argument.dim() - 2)];
        var shorter = argument.gather(
            1,
            left.reshape([count, kept, .. ones]).expand([count, kept, .. argument.shape[2..]])
        );
        return argument.dim() == 3 && argument.shape[2] == tokens
            ? shorter.gather(2, left.unsqueeze(1).expand(count, kept, kept))
            : shorter;
    }
}
