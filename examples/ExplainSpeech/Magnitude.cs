using static TorchSharp.torch;

namespace ExplainSpeech;

/// <summary>
/// The amplitudes of frequencies, from the parts of their cosines and sines: √(c² + s²). Its gradient times its input
/// shares an amplitude's relevance between the two as c² : s², which is the rule Epsilon.
/// </summary>
public sealed class Magnitude() : nn.Module<Tensor, Tensor>(nameof(Magnitude))
{
    // Silence: the root has no gradient at zero.
    private const double SmallestSquare = 1e-24;

    /// <summary>The amplitudes.</summary>
    /// <param name="input">N × 2 F × frames, cosines first.</param>
    /// <returns>N × F × frames.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var parts = input.chunk(2, 1);
        return (parts[0].square() + parts[1].square()).clamp_min(SmallestSquare).sqrt();
    }
}
