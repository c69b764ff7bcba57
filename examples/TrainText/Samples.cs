namespace TrainText;

/// <summary>The test mails that the examples explain: harmless, and without anybody's name or address.</summary>
internal static class Samples
{
    public static readonly IReadOnlyList<string> Ids =
    [
        "spam-1/00029",
        "spam-1/00251",
        "spam-1/00420",
        "spam-2/00112",
        "spam-2/00482",
        "easy-ham-1/00146",
        "easy-ham-1/00206",
        "easy-ham-1/01115",
        "easy-ham-1/02452",
        "hard-ham-1/00168",
    ];
}
