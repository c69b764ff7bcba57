namespace Lrp.Models.Layers;

/// <summary>How the angles of rotary positions are changed for texts longer than those of the training.</summary>
public enum RotaryScalingKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>All frequencies are divided by a factor (position interpolation).</summary>
    Linear,

    /// <summary>The base grows with the text beyond the length of the training (dynamic NTK).</summary>
    Dynamic,

    /// <summary>Low frequencies are divided, high ones stay, those between are blended (LLaMA 3.1).</summary>
    Llama3,

    /// <summary>A ramp over the frequencies, and longer queries and keys (YaRN, Peng et al. 2023).</summary>
    Yarn,

    /// <summary>A factor for each frequency, one list for short texts and one for long ones (LongRoPE).</summary>
    LongRope,
}

/// <summary>The kind of a scaling of rotary positions and its numbers.</summary>
public sealed record RotaryScaling
{
    /// <summary>The kind.</summary>
    public RotaryScalingKind Kind { get; init; }

    /// <summary>How many times longer texts become.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>The length of the texts of the training.</summary>
    public double OriginalLength { get; init; }

    /// <summary>LLaMA 3: wavelengths above <see cref="OriginalLength"/> over this are divided.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>LLaMA 3: wavelengths below <see cref="OriginalLength"/> over this stay.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>YaRN: from this number of turns over the original length on, frequencies stay.</summary>
    public double FastTurns { get; init; } = 32;

    /// <summary>YaRN: up to this number of turns, frequencies are divided.</summary>
    public double SlowTurns { get; init; } = 1;

    /// <summary>YaRN: whether the range of frequencies that are blended is rounded to whole numbers.</summary>
    public bool RoundsRange { get; init; } = true;

    /// <summary>By what cosines and sines are multiplied; null for the value of the paper.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>YaRN: the ratio of the two makes the attention factor where both are given.</summary>
    public (double Numerator, double Denominator)? AttentionScales { get; init; }

    /// <summary>LongRoPE: a divisor for each frequency, for texts up to the original length.</summary>
    public IReadOnlyList<double> ShortFactors { get; init; } = [];

    /// <summary>LongRoPE: a divisor for each frequency, for longer texts.</summary>
    public IReadOnlyList<double> LongFactors { get; init; } = [];
}
