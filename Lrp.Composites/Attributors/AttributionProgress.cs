namespace Lrp.Composites.Attributors;

/// <summary>How far an attribution is.</summary>
/// <param name="Done">Inputs, perturbed ones included, that have gone through the model.</param>
/// <param name="Total">Inputs that will have gone through it in the end.</param>
public readonly record struct AttributionProgress(long Done, long Total)
{
    /// <summary>The share that is done, from 0 to 1.</summary>
    public double Share => Total == 0 ? 1 : (double)Done / Total;
}
