namespace Lrp.Pictures;

/// <summary>Which values get which end of the colour map.</summary>
public enum HeatmapRange
{
    /// <summary>
    /// Zero gets the middle, and the largest absolute value gets the end for its sign; for signed colour maps.
    /// </summary>
    Symmetric,

    /// <summary>Values up to zero get the first colour, the largest value gets the last.</summary>
    Positive,

    /// <summary>The sign is ignored: zero gets the first colour, the largest absolute value gets the last.</summary>
    Absolute,

    /// <summary>
    /// The smallest value gets the first colour, the largest gets the last; for inputs and activations.
    /// </summary>
    MinToMax,
}
