namespace Lrp.Models.Tokenizers;

/// <summary>A token that is looked for in a text before the text is cut into pieces.</summary>
/// <param name="Content">Its text.</param>
internal sealed record AddedToken(string Content)
{
    /// <summary>Whether it is left out when tokens are decoded.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Whether it is looked for in the normalized text, itself normalized.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Whether it has to be a word of its own.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether the white space before it belongs to it.</summary>
    public bool TakesLeft { get; init; }

    /// <summary>Whether the white space after it belongs to it.</summary>
    public bool TakesRight { get; init; }

    /// <summary>Whether it is looked for in a text; else it is only known when tokens are decoded.</summary>
    public bool IsSought { get; init; } = true;

    /// <summary>A special token that is looked for as it is.</summary>
    public static AddedToken Special(string content) => new(content) { IsSpecial = true };
}
