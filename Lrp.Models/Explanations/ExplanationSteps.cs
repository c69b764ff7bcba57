using Lrp.Pictures;

namespace Lrp.Models.Explanations;

/// <summary>
/// Shows several explanations together, one below the other: the tokens of an answer step by step, or the sentences of
/// a document.
/// </summary>
public static class ExplanationSteps
{
    internal const int PictureWidth = 960;

    /// <summary>The explanations for a terminal.</summary>
    /// <param name="steps">The explanations, at least one.</param>
    /// <param name="colors">As in <see cref="TextExplanation.ToTerminal"/>.</param>
    public static string ToTerminal(this IReadOnlyList<TextExplanation> steps, bool? colors = null) =>
        ExplanationTerminal.Of(NotEmpty(steps), colors);

    /// <summary>A page of one file that loads nothing, with one row for each explanation.</summary>
    /// <param name="steps">The explanations, at least one.</param>
    /// <param name="title">The heading of the page; null for the name of the model.</param>
    public static string ToHtml(this IReadOnlyList<TextExplanation> steps, string? title = null) =>
        ExplanationPage.Of(NotEmpty(steps), title);

    /// <summary>A picture with the text of each explanation.</summary>
    /// <param name="steps">The explanations, at least one.</param>
    /// <param name="width">The width in pixels, at least 200.</param>
    public static Picture ToPicture(this IReadOnlyList<TextExplanation> steps, int width = PictureWidth) =>
        ExplanationPicture.Of(NotEmpty(steps), width);

    /// <summary>The bytes of a PNG file of <see cref="ToPicture"/>.</summary>
    /// <param name="steps">The explanations, at least one.</param>
    public static byte[] ToPng(this IReadOnlyList<TextExplanation> steps) => steps.ToPicture().ToPng();

    /// <summary>All data as a list in JSON.</summary>
    /// <param name="steps">The explanations, at least one.</param>
    public static string ToJson(this IReadOnlyList<TextExplanation> steps) => ExplanationJson.Of(NotEmpty(steps));

    /// <summary>Saves the explanations in one file, in the format of its extension.</summary>
    /// <param name="steps">The explanations, at least one.</param>
    /// <param name="path">As in <see cref="TextExplanation.Save"/>.</param>
    /// <exception cref="ArgumentException">The extension is not known, or there are no explanations.</exception>
    public static void Save(this IReadOnlyList<TextExplanation> steps, string path)
    {
        NotEmpty(steps);
        ExplanationFiles.Save(
            path,
            () => steps.ToHtml(),
            () => steps.ToPicture(),
            steps.ToJson,
            () => steps.ToTerminal(colors: false)
        );
    }

    private static IReadOnlyList<TextExplanation> NotEmpty(IReadOnlyList<TextExplanation> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return steps.Count > 0 ? steps : throw new ArgumentException("There are no explanations to show.");
    }
}
