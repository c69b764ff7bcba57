namespace Lrp.Composites.Canonizers;

/// <summary>The merges in one model, undone in reverse.</summary>
internal sealed class MergedBatchNorms : IDisposable
{
    private readonly Stack<BatchNormMerge> _merges = new();

    public void Add(BatchNormMerge merge) => _merges.Push(merge);

    public void Dispose()
    {
        while (_merges.TryPop(out var merge))
        {
            merge.Dispose();
        }
    }
}
