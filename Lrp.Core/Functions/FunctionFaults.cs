using System.Collections.Concurrent;

namespace Lrp.Core.Functions;

/// <summary>Exceptions of function rules that run without a registration, kept until somebody asks.</summary>
internal static class FunctionFaults
{
    private const int Most = 16;
    private static readonly ConcurrentQueue<RelevanceException> Kept = new();

    /// <summary>
    /// Throws the first exception that a drop-in's rule raised in a backward pass since the last call, if one did.
    /// </summary>
    /// <exception cref="RelevanceException">A rule failed; the relevance below it is NaN.</exception>
    public static void ThrowIfFaulted()
    {
        if (!Kept.TryDequeue(out var first))
        {
            return;
        }

        Kept.Clear();
        throw first;
    }

    internal static void Keep(RelevanceException exception)
    {
        if (Kept.Count < Most)
        {
            Kept.Enqueue(exception);
        }
    }
}
