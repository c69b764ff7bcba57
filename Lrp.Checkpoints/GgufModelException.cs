namespace Lrp.Checkpoints;

/// <summary>
/// The exception that is thrown when a GGUF file is sound, but not the model that it says or that it is asked for: a
/// key or a tensor is missing, has another type or shape, or contradicts another one.
/// </summary>
public sealed class GgufModelException : GgufException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is missing or does not fit.</param>
    /// <param name="innerException">The error that caused it, or null.</param>
    public GgufModelException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
