namespace Lrp.Checkpoints;

/// <summary>The exception that is thrown when a GGUF file cannot be used. Its kinds say why.</summary>
/// <remarks>The message names the file, the key or tensor, its numbers, and what to do.</remarks>
public abstract class GgufException : CheckpointException
{
    private protected GgufException(string message, Exception? innerException)
        : base(message, innerException!) { }
}
