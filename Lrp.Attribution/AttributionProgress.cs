namespace Lrp.Attribution;

/// <summary>The progress of an attribution.</summary>
/// <param name="Done">How many inputs, perturbed ones included, have gone through the model.</param>
/// <param name="Total">How many inputs will go through the model in total.</param>
public readonly record struct AttributionProgress(long Done, long Total)
{
    /// <summary>The fraction that is done, from 0 to 1.</summary>
    public double Fraction => Total == 0 ? 1 : (double)Done / Total;
}
