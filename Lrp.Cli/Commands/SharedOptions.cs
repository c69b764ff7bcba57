using System.CommandLine;
using System.Globalization;
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

    /// <summary>Refuses numbers that an option cannot have.</summary>
    /// <param name="option">The option.</param>
    /// <param name="holds">Whether it can have a number.</param>
    /// <param name="must">What the number must be, for the message.</param>
    public static void Limit(Option option, Predicate<double> holds, string must) =>
        option.Validators.Add(given =>
        {
            if (
                given.Tokens.Count == 1
                && double.TryParse(given.Tokens[0].Value, CultureInfo.InvariantCulture, out var number)
                && !holds(number)
            )
            {
                given.AddError($"{option.Name} is {given.Tokens[0].Value}, and must be {must}.");
            }
        });

    /// <summary>The argument FILE.</summary>
    public static Argument<string> File(string description) => new("FILE") { Description = description };
}
