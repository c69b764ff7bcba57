using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The last position of each sample of a batch that is no padding.</summary>
internal sealed class LastPositions
{
    private readonly long[] _positions;
    private readonly long _length;

    /// <param name="mask">Of shape (samples, positions): 1 or true for a token, 0 or false for padding.</param>
    /// <exception cref="ArgumentException">
    /// The mask has another shape or other numbers, or a sample is padding only.
    /// </exception>
    public LastPositions(Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.dim() != 2 || mask.NumberOfElements == 0)
        {
            throw new ArgumentException(
                "A mask of padding has the shape (samples, positions), 1 for a token and 0 for padding; this one has "
                    + $"[{string.Join(", ", mask.shape)}].",
                nameof(mask)
            );
        }

        using var scope = NewDisposeScope();
        using var off = no_grad();
        if (mask.ne(0).logical_and(mask.ne(1)).any().item<bool>())
        {
            throw new ArgumentException(
                "A mask of padding has 1 for a token and 0 for padding, and this one of shape "
                    + $"[{string.Join(", ", mask.shape)}] has other numbers. Of a mask that is added to scores, with 0 "
                    + "for a token, pass mask.eq(0).",
                nameof(mask)
            );
        }

        var numbers = arange(1, mask.shape[1] + 1, ScalarType.Int64, mask.device);
        var last = (mask.ne(0).to(ScalarType.Int64) * numbers).amax([1]).cpu().data<long>().ToArray();
        var empty = Array.IndexOf(last, 0L);
        if (empty >= 0)
        {
            throw new ArgumentException($"Sample {empty} of the mask is padding only.", nameof(mask));
        }

        _positions = [.. last.Select(number => number - 1)];
        _length = mask.shape[1];
    }

    /// <summary>The positions in the output of some samples.</summary>
    /// <param name="output">Of shape (samples, positions, vocabulary).</param>
    /// <param name="samples">Which samples they are.</param>
    public long[] In(Tensor output, BatchPart samples)
    {
        _ = Target.CheckTokens(output);
        return output.shape[1] == _length
            ? samples.Own(_positions, "mask")
            : throw new ArgumentException(
                $"The target's mask has {_length} positions, and the model's output "
                    + $"[{string.Join(", ", output.shape)}] has {output.shape[1]}."
            );
    }
}
