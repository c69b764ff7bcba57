using System.Text;

namespace Lrp.Pictures.Paragraphs;

/// <summary>
/// The directions of a text in which scripts of both directions meet: the Unicode bidirectional algorithm (Unicode
/// Standard Annex 9), rules P2, X5a to X6a, W1 to W7, N1, N2, I1, I2, L1 and L2.
/// </summary>
/// <remarks>
/// No library for .NET has it alone. Left out are embeddings and overrides (X2 to X5), which the standard itself
/// advises against, and pairs of brackets (N0; a bracket has the direction of the text around it).
/// </remarks>
internal static class Bidi
{
    private const char RunsRight = '\u2066',
        RunsLeft = '\u2067',
        RunsAsItsFirstLetter = '\u2068',
        EndOfIsolate = '\u2069';

    /// <summary>The level of each UTF-16 unit: even runs to the right, odd to the left.</summary>
    /// <param name="text">A paragraph without line ends.</param>
    public static byte[] Levels(string text)
    {
        var levels = new byte[text.Length];
        Resolve(text, BaseLevel(text), levels);
        return levels;
    }

    /// <summary>The level of the paragraph itself: 1 if its first letter runs to the left, otherwise 0.</summary>
    public static byte BaseLevel(string text) => (byte)(FirstStrong(text) == BidiClass.Left ? 0 : 1);

    /// <summary>The order in which runs stand from left to right (L2).</summary>
    /// <param name="levels">The level of each run, in the order of the text.</param>
    public static int[] VisualOrder(IReadOnlyList<byte> levels)
    {
        int[] order = [.. Enumerable.Range(0, levels.Count)];
        var highest = levels.DefaultIfEmpty((byte)0).Max();
        for (var level = highest; level >= 1; level--)
        {
            var start = 0;
            while (start < order.Length)
            {
                var end = start;
                while (end < order.Length && levels[order[end]] >= level)
                {
                    end++;
                }

                Array.Reverse(order, start, end - start);
                start = Math.Max(end, start + 1);
            }
        }

        return order;
    }

    /// <summary>
    /// Sets the levels of a text, of which each isolated part is a sign without a direction to what is around it, and a
    /// text of its own inside.
    /// </summary>
    private static void Resolve(ReadOnlySpan<char> text, byte level, Span<byte> levels)
    {
        var classes = new List<BidiClass>();
        var places = new List<int>();
        var isolated = new List<(int Start, int End)>();
        for (var at = 0; at < text.Length; at++)
        {
            var character = RuneAt(text[at..]);
            classes.AddRange(Enumerable.Repeat(BidiClasses.Of(character), character.Utf16SequenceLength));
            places.AddRange(Enumerable.Range(at, character.Utf16SequenceLength));
            at += character.Utf16SequenceLength - 1;
            if (IsIsolate(text[at]))
            {
                var end = EndOf(text, at);
                isolated.Add((at, end));
                at = end - 1;
            }
        }

        var resolved = BidiResolution.Levels([.. classes], level);
        for (var i = 0; i < resolved.Length; i++)
        {
            levels[places[i]] = resolved[i];
        }

        foreach (var (start, end) in isolated)
        {
            var inside = text[(start + 1)..end];
            var runsLeft =
                text[start] == RunsLeft
                || (text[start] == RunsAsItsFirstLetter && FirstStrong(inside) != BidiClass.Left);
            Resolve(inside, Above(levels[start], runsLeft), levels[(start + 1)..end]);
        }
    }

    /// <summary>The next level of a direction.</summary>
    private static byte Above(byte level, bool runsLeft) => (byte)(level + ((level % 2 == 1) == runsLeft ? 2 : 1));

    private static bool IsIsolate(char unit) => unit is RunsRight or RunsLeft or RunsAsItsFirstLetter;

    /// <summary>The place of the sign that ends an isolated part, or the end of the text.</summary>
    private static int EndOf(ReadOnlySpan<char> text, int start)
    {
        var depth = 0;
        for (var at = start; at < text.Length; at++)
        {
            depth +=
                IsIsolate(text[at]) ? 1
                : text[at] == EndOfIsolate ? -1
                : 0;
            if (depth == 0)
            {
                return at;
            }
        }

        return text.Length;
    }

    // P2: the first letter that is not isolated.
    private static BidiClass FirstStrong(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (IsIsolate(text[at]))
            {
                at = EndOf(text, at);
                continue;
            }

            var character = RuneAt(text[at..]);
            at += character.Utf16SequenceLength - 1;
            var found = BidiClasses.Of(character);
            if (found is BidiClass.Left or BidiClass.Right or BidiClass.Arabic)
            {
                return found == BidiClass.Left ? BidiClass.Left : BidiClass.Right;
            }
        }

        return BidiClass.Left;
    }

    private static Rune RuneAt(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var character, out _);
        return character;
    }
}
