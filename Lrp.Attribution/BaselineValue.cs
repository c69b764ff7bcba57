using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The values that replace removed parts of the inputs.</summary>
internal static class BaselineValue
{
    /// <summary>The baseline of each input, in the input's shape.</summary>
    /// <param name="slice">The samples.</param>
    /// <param name="one">The baseline of the only input.</param>
    /// <param name="several">The baselines of several inputs.</param>
    /// <param name="token">The id whose embedding is the baseline of token ids.</param>
    /// <exception cref="ArgumentException">A baseline does not fit its input.</exception>
    public static Tensor[] For(AttributionSlice slice, Tensor? one, IReadOnlyList<Tensor?>? several, long? token)
    {
        if (one is null && several is null && token is null)
        {
            return [.. slice.Inputs.Select(input => zeros_like(input))];
        }

        if ((one is null ? 0 : 1) + (several is null ? 0 : 1) + (token is null ? 0 : 1) > 1)
        {
            throw new ArgumentException("Set only one of Baseline, Baselines and BaselineToken.");
        }

        var names = string.Join(", ", slice.Explained.Select(input => $"'{input.Name}'"));
        if (one is not null && slice.Inputs.Count > 1)
        {
            throw new ArgumentException(
                $"The model has the inputs {names}, and Baseline is that of one. Set Baselines, one for each of them."
            );
        }

        if (several is not null && several.Count != slice.Inputs.Count)
        {
            throw new ArgumentException(
                $"There are {several.Count} Baselines for the inputs {names}; there must be one for each, null for "
                    + "zero."
            );
        }

        return token is { } id
            ? OfToken(slice, id)
            : [.. slice.Inputs.Select((input, j) => For(several is null ? one : several[j], input))];
    }

    /// <summary>Throws if a baseline does not fit one sample.</summary>
    public static void Check(Tensor? baseline, Tensor input)
    {
        if (baseline is null)
        {
            return;
        }

        var sample = input.shape[1..];
        var given = baseline.shape;
        var fits =
            given.Length <= sample.Length
            && given.Reverse().Zip(sample.Reverse()).All(pair => pair.First == 1 || pair.First == pair.Second);
        if (!fits)
        {
            throw new ArgumentException(
                $"The baseline has the shape [{string.Join(", ", given)}], which does not broadcast to one "
                    + $"sample, [{string.Join(", ", sample)}]."
            );
        }
    }

    /// <summary>The baseline of each sample, in the input's shape.</summary>
    public static Tensor For(Tensor? baseline, Tensor input)
    {
        Check(baseline, input);
        return baseline is null
            ? zeros_like(input)
            : baseline.detach().to(input.dtype).to(input.device).expand(input.shape).contiguous();
    }

    /// <summary>The first embedding gets the token; other inputs keep their values.</summary>
    private static Tensor[] OfToken(AttributionSlice slice, long token)
    {
        Tensor[] baselines = [.. slice.Inputs];
        for (var j = 0; j < baselines.Length; j++)
        {
            if (slice.Explained[j].IsEmbedding)
            {
                baselines[j] = slice.VectorOf(j, token).expand(baselines[j].shape).contiguous();
                return baselines;
            }
        }

        throw new ArgumentException(
            "BaselineToken is for token ids, and the model's inputs are numbers: set Baseline, a tensor."
        );
    }
}
