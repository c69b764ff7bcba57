namespace Lrp.Tests.Golden;

/// <summary>
/// Runs the reference cases of some kinds. Every class of this assembly that implements it and has a parameterless
/// constructor takes part.
/// </summary>
public interface IGoldenRunner
{
    /// <summary>The kinds, as the descriptors name them.</summary>
    IReadOnlyCollection<string> Kinds { get; }

    /// <summary>Computes a case and holds the results against the reference.</summary>
    /// <exception cref="NotSupportedException">
    /// The case asks for something that is not there yet; it is reported as skipped.
    /// </exception>
    void Run(GoldenCase golden);
}
