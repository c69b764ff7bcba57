using static TorchSharp.torch;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>Scores regions of one input for each class, many regions at once.</summary>
public abstract class RegionScorer : IDisposable
{
    /// <summary>Scores regions.</summary>
    /// <param name="masks">True inside the region; shape (n, *), where (*) is the input's shape.</param>
    /// <returns>Shape (n, classes), floating point; a higher score is more evidence for the class.</returns>
    public abstract Tensor Score(Tensor masks);

    /// <summary>
    /// Whether the score of a region depends only on the values inside it. Regions that differ only where the input is
    /// zero (for example in the background of a digit) then have the same score, which is computed once.
    /// </summary>
    public virtual bool IgnoresZeros => false;

    /// <summary>Creates a scorer from a function.</summary>
    /// <param name="score">Takes masks (n, *) and returns scores (n, classes).</param>
    public static RegionScorer From(Func<Tensor, Tensor> score) => new Delegated(score);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the model.</summary>
    /// <param name="disposing">Whether to release managed resources.</param>
    protected virtual void Dispose(bool disposing) { }

    private sealed class Delegated(Func<Tensor, Tensor> score) : RegionScorer
    {
        public override Tensor Score(Tensor masks) => score(masks);
    }
}
