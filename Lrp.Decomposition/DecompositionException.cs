namespace Lrp.Decomposition;

/// <summary>
/// The exception that is thrown when a model cannot be decomposed. The message names the operator, the module it ran
/// in, and what can be done.
/// </summary>
public sealed class DecompositionException : InvalidOperationException
{
    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What failed, where, and what can be done.</param>
    public DecompositionException(string message)
        : base(message) { }

    /// <summary>Creates an exception that another exception caused.</summary>
    /// <param name="message">What failed, where, and what can be done.</param>
    /// <param name="inner">The cause.</param>
    public DecompositionException(string message, Exception inner)
        : base(message, inner) { }
}
