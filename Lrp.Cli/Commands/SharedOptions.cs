using System.CommandLine;
using Lrp.Cli.Images;
using Lrp.Cli.Texts;

namespace Lrp.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class SharedOptions
{
    /// <summary>All names of methods, for completion.</summary>
    public static IEnumerable<string> MethodNames =>
        TextMethods.All.Select(method => method.Name).Union(ImageMethods.All.Select(method => method.Name));

    /// <summary>The option --json.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Write the result as JSON, for scripts" };

    /// <summary>The option --out.</summary>
    public static Option<string?> Out() =>
        new("--out", "-o")
        {
            Description = "Save it: a page (.html), a picture (.png) or numbers (.json)",
            HelpName = "FILE",
        };

    /// <summary>The argument FILE.</summary>
    public static Argument<string> File(string description) => new("FILE") { Description = description };
}
