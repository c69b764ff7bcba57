namespace Lrp.Attribution;

/// <summary>Counts the inputs that have gone through a model and reports the progress.</summary>
internal sealed class ProgressCounter(IProgress<AttributionProgress>? progress)
{
    private long _done;
    private long? _total;

    /// <summary>The total is known: reports begin.</summary>
    public void Begin(long total) => _total = total;

    public void Add(long count)
    {
        _done += count;
        if (_total is { } total)
        {
            progress?.Report(new AttributionProgress(Math.Min(_done, total), total));
        }
    }
}
