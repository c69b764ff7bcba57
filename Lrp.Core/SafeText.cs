namespace Lrp.Core;

/// <summary>
/// Texts for messages about a failure, from objects of the user's whose own <c>ToString()</c> or <c>Message</c> may
/// fail in turn.
/// </summary>
internal static class SafeText
{
    /// <summary>The exception's message.</summary>
    public static string Of(Exception exception) => Of(exception, static e => e.Message);

    /// <summary>What an object says of itself.</summary>
    public static string Of(object? value) => Of(value, static o => o?.ToString() ?? "");

    private static string Of<T>(T value, Func<T, string> text)
    {
        try
        {
            return text(value);
        }
        catch (Exception failure)
        {
            return $"{value?.GetType().Name} (whose text failed with a {failure.GetType().Name})";
        }
    }
}
