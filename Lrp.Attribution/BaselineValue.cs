using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The values that replace removed parts of the input.</summary>
internal static class BaselineValue
{
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
    public static Tensor For(Tensor? baseline, Tensor input) =>
        baseline is null
            ? zeros_like(input)
            : baseline.detach().to(input.dtype).to(input.device).expand(input.shape).contiguous();
}
