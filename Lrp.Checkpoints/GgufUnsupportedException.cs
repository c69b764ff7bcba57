namespace Lrp.Checkpoints;

/// <summary>
/// The exception that is thrown when a GGUF file may be sound, but is or holds something that is not supported: another
/// version, a tensor's type, an architecture, a tokenizer.
/// </summary>
public sealed class GgufUnsupportedException : GgufException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is not supported, and what is.</param>
    /// <param name="innerException">The error that caused it, or null.</param>
    public GgufUnsupportedException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
