using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>Which samples of a batch are explained at once.</summary>
/// <param name="First">The number of the first one in the batch.</param>
/// <param name="Count">How many they are.</param>
/// <param name="All">How many the whole batch has.</param>
internal readonly record struct BatchPart(long First, long Count, long All)
{
    /// <summary>Their part of numbers that a target has for each sample of the batch.</summary>
    /// <param name="all">One number for each sample of the batch.</param>
    /// <param name="what">What the numbers are, for a message.</param>
    /// <exception cref="ArgumentException">There are more or fewer numbers than samples.</exception>
    public long[] Own(long[] all, string what)
    {
        ThrowIfNotFor(all.Length, what);
        return all[(int)First..(int)(First + Count)];
    }

    /// <summary>Their rows of a tensor whose first dimension is the samples of the batch.</summary>
    public Tensor Own(Tensor all, string what)
    {
        ThrowIfNotFor(all.shape[0], what);
        return all.narrow(0, First, Count);
    }

    private void ThrowIfNotFor(long given, string what)
    {
        if (given != All)
        {
            throw new ArgumentException(
                $"The target's {what} is for {given} samples, and the batch has {All}: give one for each sample."
            );
        }
    }
}
