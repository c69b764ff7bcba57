namespace Lrp.Checkpoints;

/// <summary>The exception that is thrown when a value of a GGUF file's metadata is out of proportion.</summary>
public sealed class GgufLimitException : GgufException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is too large or too deep, and the limit.</param>
    /// <param name="innerException">The error that caused it, or null.</param>
    public GgufLimitException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
