using Lrp.Models.Explanations;

namespace Lrp.Tests.Models.Explanations;

/// <summary>Explanations with made-up numbers, for tests of how they are shown.</summary>
internal static class SampleExplanations
{
    /// <summary>An English sentence in pieces, with layers, heads and a special token.</summary>
    public static TextExplanation English { get; } =
        Make("The capital of France is", [(0, 3), (3, 8), (11, 3), (14, 4), (18, 3), (21, 3)]);

    /// <summary>A Hebrew sentence with a name in Latin letters.</summary>
    public static TextExplanation Hebrew { get; } = Pieces("שלום עולם, זה מודל BERT (קטן).");

    /// <summary>An Arabic sentence cut inside words, where letters join.</summary>
    public static TextExplanation Arabic { get; } = Pieces("مرحبا بالعالم، هذا نص عربي ١٢٣.");

    /// <summary>A Japanese sentence without spaces.</summary>
    public static TextExplanation Japanese { get; } = Pieces("これは日本語の文章です。猫が好きです。");

    /// <summary>A text with characters that mean something to pages and terminals.</summary>
    public static TextExplanation Hostile { get; } =
        Pieces("</script><script>alert(\"1\")</script> & 'x' \u001b[2J \u202e end") with
        {
            Model = "<img src=x onerror=alert(1)>",
            Target = "\"><b>t</b>",
        };

    /// <summary>A text in pieces of three UTF-16 units.</summary>
    public static TextExplanation Pieces(string text) =>
        Make(
            text,
            [.. Enumerable.Range(0, (text.Length + 2) / 3).Select(i => (3 * i, Math.Min(3, text.Length - (3 * i))))]
        );

    /// <summary>A text with a token for each place, behind a token [CLS].</summary>
    public static TextExplanation Make(string text, (int Start, int Length)[] places)
    {
        TextToken[] tokens =
        [
            new(101, "[CLS]", 0, 0, IsSpecial: true),
            .. places.Select(
                (place, i) =>
                    new TextToken(1000 + i, text.Substring(place.Start, place.Length), place.Start, place.Length)
            ),
        ];
        double[] Wave(double phase) => [.. tokens.Select((_, i) => Math.Sin((1.7 * i) + phase) / (1 + (0.1 * i)))];
        return new TextExplanation(text, tokens, Wave(0.4))
        {
            Layers = [.. Enumerable.Range(0, 4).Select(layer => Wave(layer))],
            Heads = PartRelevance.OfTokens([
                .. Enumerable
                    .Range(0, 3)
                    .Select(block => Enumerable.Range(0, 4).Select(head => Wave(block + (2.3 * head))).ToArray()),
            ]),
            Model = "sample",
            Method = "AttnLRP",
            Target = " Paris",
            Against = " London",
            Score = 3.25,
        };
    }
}
