namespace Lrp.Models.Tokenizers;

/// <summary>A part of a text, in UTF-16 units, as <see cref="string.Substring(int, int)"/> counts them.</summary>
/// <param name="Start">Its first unit.</param>
/// <param name="End">The unit after its last one.</param>
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>The number of UTF-16 units.</summary>
    public int Length => End - Start;

    /// <summary>The part of the text.</summary>
    /// <param name="text">The text that was encoded.</param>
    public string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text[Start..End];
    }
}
