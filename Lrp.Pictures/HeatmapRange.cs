namespace Lrp.Pictures;

/// <summary>Which relevance gets which end of the colour map.</summary>
public enum HeatmapRange
{
    /// <summary>Zero gets the middle, the largest absolute relevance the end on its side; for signed colour maps.</summary>
    Symmetric,

    /// <summary>Zero and below get the beginning, the largest relevance the end.</summary>
    Positive,

    /// <summary>The sign is dropped: zero gets the beginning, the largest absolute relevance the end.</summary>
    Absolute,

    /// <summary>The smallest value gets the beginning, the largest the end; for inputs and activations.</summary>
    MinToMax,
}
