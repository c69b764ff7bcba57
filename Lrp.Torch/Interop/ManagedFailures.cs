using System.Collections.Concurrent;
using System.Globalization;

namespace Lrp.Torch.Interop;

/// <summary>
/// Managed exceptions that must travel through native frames: kept here under a number that the native
/// error message carries, and thrown again once the call is back in managed code, on whatever thread.
/// </summary>
internal static class ManagedFailures
{
    private const string Mark = "managed exception #";
    private const int Capacity = 1024;
    private static readonly ConcurrentDictionary<long, Exception> Kept = new();
    private static long _last;

    /// <summary>Keeps an exception and returns its number, which is never 0.</summary>
    internal static long Keep(Exception exception)
    {
        long number = Interlocked.Increment(ref _last);
        Kept[number] = exception;
        Kept.TryRemove(number - Capacity, out _); // one whose message got lost does not stay for good
        return number;
    }

    /// <summary>The exception that a native message speaks of, or null.</summary>
    internal static Exception? Take(string message)
    {
        int start = message.IndexOf(Mark, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        ReadOnlySpan<char> digits = message.AsSpan(start + Mark.Length);
        int end = 0;
        while (end < digits.Length && char.IsAsciiDigit(digits[end]))
        {
            end++;
        }

        return long.TryParse(digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long number) && Kept.TryRemove(number, out Exception? exception)
            ? exception
            : null;
    }
}
