namespace Digits;

/// <summary>Where an example puts its pictures: the folder after <c>--out</c>, else <c>./out</c>.</summary>
public static class OutputFolder
{
    /// <summary>Reads the folder from a program's arguments and makes it.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <exception cref="ArgumentException">There is an argument other than <c>--out DIR</c>.</exception>
    public static string From(string[] arguments)
    {
        string folder = arguments switch
        {
            [] => "out",
            ["--out", { Length: > 0 } given] => given,
            _ => throw new ArgumentException($"'{string.Join(' ', arguments)}' was given; the only argument is --out DIR."),
        };
        return Directory.CreateDirectory(folder).FullName;
    }
}
