namespace Lrp.Checkpoints;

/// <summary>
/// The exception that is thrown when a safetensors file violates its format, or does not fit the model it is loaded
/// into.
/// </summary>
/// <remarks>
/// The message says what is wrong and where: the entry, its numbers, and the limit that they violate.
/// </remarks>
public sealed class SafetensorsException : CheckpointException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is wrong, and where.</param>
    public SafetensorsException(string message)
        : base(message) { }

    /// <summary>Creates an exception with a message and the error that caused it.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="innerException">The error that caused it.</param>
    public SafetensorsException(string message, Exception innerException)
        : base(message, innerException) { }
}
