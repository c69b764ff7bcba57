using System.Collections.Concurrent;
using System.Text;
using SkiaSharp;

namespace Lrp.Pictures.Paragraphs;

/// <summary>
/// The typeface for each character: the library's own where it has the character, otherwise one of the machine's fonts.
/// </summary>
internal static class Typefaces
{
    private static readonly ConcurrentDictionary<int, SKTypeface?> Found = new();
    private static readonly Lazy<SKTypeface[]> Installed = new(FindInstalled);

    /// <summary>The typeface of a character, or null if no font that is installed has it.</summary>
    public static SKTypeface? Of(Rune character) =>
        PictureFont.Typeface.ContainsGlyph(character.Value)
            ? PictureFont.Typeface
            : Found.GetOrAdd(
                character.Value,
                static value => Installed.Value.FirstOrDefault(face => face.ContainsGlyph(value))
            );

    // Skia's build without fontconfig cannot search by character, so every family is asked, in the order of its name.
    private static SKTypeface[] FindInstalled()
    {
        var fonts = SKFontManager.Default;
        return
        [
            .. fonts
                .FontFamilies.Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(fonts.MatchFamily)
                .OfType<SKTypeface>(),
        ];
    }
}
