namespace Lrp.Core.Forward;

/// <summary>A model could not be decomposed. The message names the operator, the module it ran in, and what can be done.</summary>
public sealed class DecompositionException : InvalidOperationException
{
    /// <summary>A failure with its reason.</summary>
    /// <param name="message">What failed, where, and the remedy.</param>
    public DecompositionException(string message)
        : base(message)
    {
    }

    /// <summary>A failure that another exception caused.</summary>
    /// <param name="message">What failed, where, and the remedy.</param>
    /// <param name="inner">The cause.</param>
    public DecompositionException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
