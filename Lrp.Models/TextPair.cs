namespace Lrp.Models;

/// <summary>
/// Two texts that a model reads together: a question and the text that answers it, a premise and a hypothesis, a search
/// and what it found.
/// </summary>
public sealed record TextPair
{
    /// <summary>Puts two texts together.</summary>
    /// <param name="first">The first text, such as the question.</param>
    /// <param name="second">The second text, such as the one that has the answer.</param>
    /// <exception cref="ArgumentException">One of them is empty.</exception>
    public TextPair(string first, string second)
    {
        ArgumentException.ThrowIfNullOrEmpty(first);
        ArgumentException.ThrowIfNullOrEmpty(second);
        First = first;
        Second = second;
    }

    /// <summary>The first text.</summary>
    public string First { get; }

    /// <summary>The second text.</summary>
    public string Second { get; }
}
