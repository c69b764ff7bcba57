namespace Lrp.Models.Tokenizers;

/// <summary>
/// The exception that is thrown when the files of a tokenizer are missing, damaged, or have a part of a kind that is
/// not known.
/// </summary>
/// <remarks>The message says which file and which part of it is wrong, and what would be right.</remarks>
public sealed class TokenizerException : FormatException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is wrong, and where.</param>
    public TokenizerException(string message)
        : base(message) { }

    /// <summary>Creates an exception with a message and the error that caused it.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="innerException">The error that caused it.</param>
    public TokenizerException(string message, Exception innerException)
        : base(message, innerException) { }
}
