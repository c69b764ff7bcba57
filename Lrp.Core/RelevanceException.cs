namespace Lrp.Core;

/// <summary>
/// A rule failed during a backward pass. The exception could not leave the pass, so the relevance below became NaN
/// and the exception is thrown here, later.
/// </summary>
public sealed class RelevanceException : InvalidOperationException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which module and rule failed, and why.</param>
    /// <param name="innerException">What the rule threw.</param>
    public RelevanceException(string message, Exception innerException)
        : base(message, innerException) { }
}
