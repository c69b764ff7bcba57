namespace Lrp.Checkpoints;

/// <summary>
/// The exception that is thrown when a file is no sound GGUF file: cut short, damaged, or written wrong.
/// </summary>
public sealed class GgufFormatException : GgufException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="innerException">The error that caused it, or null.</param>
    public GgufFormatException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
