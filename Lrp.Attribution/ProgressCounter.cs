namespace Lrp.Attribution;

/// <summary>Counts the inputs that have gone through a model and reports the progress.</summary>
internal sealed class ProgressCounter(IProgress<AttributionProgress>? progress, long total)
{
    private long _done;

    public void Add(long count)
    {
        _done = Math.Min(_done + count, total);
        progress?.Report(new AttributionProgress(_done, total));
    }
}
