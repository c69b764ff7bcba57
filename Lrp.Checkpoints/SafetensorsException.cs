namespace Lrp.Checkpoints;

/// <summary>A safetensors file that breaks its format, or that does not fit the model it is loaded into.</summary>
/// <remarks>The message names what is wrong and where: the entry, its numbers, the limit they break.</remarks>
public sealed class SafetensorsException : FormatException
{
    /// <summary>An exception with the sentence that says what is wrong.</summary>
    /// <param name="message">What is wrong, and where.</param>
    public SafetensorsException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with the sentence that says what is wrong and the error that showed it.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="innerException">The error underneath.</param>
    public SafetensorsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
