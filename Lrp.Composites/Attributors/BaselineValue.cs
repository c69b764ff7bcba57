using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>What stands where a part of the input is taken away.</summary>
internal static class BaselineValue
{
    /// <summary>Fails where a baseline does not fit one sample.</summary>
    public static void Check(Tensor? baseline, Tensor input)
    {
        if (baseline is null)
        {
            return;
        }

        long[] sample = input.shape[1..];
        long[] given = baseline.shape;
        bool fits = given.Length <= sample.Length
            && given.Reverse().Zip(sample.Reverse()).All(pair => pair.First == 1 || pair.First == pair.Second);
        if (!fits)
        {
            throw new ArgumentException(
                $"The baseline has the shape [{string.Join(", ", given)}], which does not broadcast to one sample, [{string.Join(", ", sample)}].");
        }
    }

    /// <summary>The baseline for each sample, of the input's shape.</summary>
    public static Tensor For(Tensor? baseline, Tensor input) => baseline is null
        ? zeros_like(input)
        : baseline.detach().to(input.dtype).to(input.device).expand(input.shape).contiguous();
}
