namespace Lrp.Core;

/// <summary>What has failed in backward passes, kept until somebody can be told; for any number of threads.</summary>
internal sealed class KeptFaults
{
    private const int Most = 64;
    private readonly List<RelevanceException> _faults = [];

    /// <summary>Keeps a fault, unless there are very many.</summary>
    public void Add(RelevanceException fault)
    {
        lock (_faults)
        {
            if (_faults.Count < Most)
            {
                _faults.Add(fault);
            }
        }
    }

    /// <summary>Throws the first fault, if there is one, and forgets all.</summary>
    /// <exception cref="RelevanceException">A rule failed; the relevance below it is NaN.</exception>
    public void ThrowFirst()
    {
        lock (_faults)
        {
            if (_faults is [var first, ..])
            {
                _faults.Clear();
                throw first;
            }
        }
    }
}
