namespace Lrp.Checkpoints;

/// <summary>
/// The exception that is thrown when a checkpoint is damaged, is no container of tensors, or does not fit the model it
/// is loaded into.
/// </summary>
/// <remarks>
/// The message says what is wrong and where: the file, the tensor, its numbers, and what to do.
/// </remarks>
public class CheckpointException : FormatException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is wrong, and where.</param>
    public CheckpointException(string message)
        : base(message) { }

    /// <summary>Creates an exception with a message and the error that caused it.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="innerException">The error that caused it.</param>
    public CheckpointException(string message, Exception innerException)
        : base(message, innerException) { }
}
