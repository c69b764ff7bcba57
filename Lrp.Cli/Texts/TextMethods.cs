using Lrp.Models.Methods;

namespace Lrp.Cli.Texts;

/// <summary>A method for texts, by the name that --method takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="About">A short description.</param>
/// <param name="Method">The method.</param>
internal sealed record TextMethod(string Name, string About, RelevanceMethod Method);

/// <summary>The methods for texts.</summary>
internal static class TextMethods
{
    public static IReadOnlyList<TextMethod> All { get; } =
    [
        new("attnlrp", "AttnLRP: LRP with rules for attention, norms and gates", RelevanceMethod.AttnLrp),
        new("cp-lrp", "CP-LRP: as AttnLRP, the weights of attention as constants", RelevanceMethod.CpLrp),
        new("gradient-times-input", "gradient times input", RelevanceMethod.GradientTimesInput),
    ];

    /// <summary>The method of a name; the first where none is named.</summary>
    public static TextMethod Of(string? name) =>
        name is null
            ? All[0]
            : All.FirstOrDefault(method => method.Name == name)
                ?? throw new BadInputException(
                    $"There is no method '{name}' for texts; there are "
                        + $"{string.Join(", ", All.Select(method => method.Name))}."
                );
}
