namespace Lrp.Pictures.Paragraphs;

/// <summary>
/// The directions of a text in which scripts of both directions meet: the Unicode bidirectional algorithm (Unicode
/// Standard Annex 9), rules P2, W1 to W7, N1, N2, I1, I2, L1 and L2.
/// </summary>
/// <remarks>
/// No library for .NET has it alone. Left out are characters that set a direction by themselves (X1 to X8; what is
/// isolated by them is only left out where the direction of the paragraph is looked for) and pairs of brackets (N0; a
/// bracket has the direction of the text around it).
/// </remarks>
internal static class Bidi
{
    private const int FirstIsolate = 0x2066;
    private const int EndOfIsolate = 0x2069;

    /// <summary>The level of each UTF-16 unit: even runs to the right, odd to the left.</summary>
    /// <param name="text">A paragraph without line ends.</param>
    public static byte[] Levels(string text)
    {
        var classes = Classes(text);
        var start = FirstStrong(text);
        ResolveWeak(classes, start);
        ResolveNeutral(classes, start);
        var level = start == BidiClass.Left ? 0 : 1;
        var levels = new byte[text.Length];
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = (byte)(
                classes[i] switch
                {
                    BidiClass.Left => level,
                    BidiClass.Right => 1,
                    _ => 2,
                }
            );
            if (classes[i] == BidiClass.Left && level == 1)
            {
                levels[i] = 2;
            }
        }

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

    private static BidiClass[] Classes(string text)
    {
        var classes = new BidiClass[text.Length];
        var at = 0;
        foreach (var character in text.EnumerateRunes())
        {
            Array.Fill(classes, BidiClasses.Of(character), at, character.Utf16SequenceLength);
            at += character.Utf16SequenceLength;
        }

        return classes;
    }

    // P2: the first letter that is not isolated.
    private static BidiClass FirstStrong(string text)
    {
        var depth = 0;
        foreach (var character in text.EnumerateRunes())
        {
            depth += character.Value switch
            {
                >= FirstIsolate and < EndOfIsolate => 1,
                EndOfIsolate when depth > 0 => -1,
                _ => 0,
            };
            var found = depth == 0 ? BidiClasses.Of(character) : BidiClass.Neutral;
            if (found is BidiClass.Left or BidiClass.Right or BidiClass.Arabic)
            {
                return found == BidiClass.Left ? BidiClass.Left : BidiClass.Right;
            }
        }

        return BidiClass.Left;
    }

    private static void ResolveWeak(BidiClass[] classes, BidiClass start)
    {
        var before = start; // W1: a mark is as what it stands on
        var strong = start; // W2, W7: a number depends on the last letter
        for (var i = 0; i < classes.Length; i++)
        {
            if (classes[i] == BidiClass.Mark)
            {
                classes[i] = before;
            }

            before = classes[i];
            if (before is BidiClass.Left or BidiClass.Right or BidiClass.Arabic)
            {
                strong = before;
            }
            else if (before == BidiClass.Number && strong == BidiClass.Arabic)
            {
                classes[i] = BidiClass.ArabicNumber;
            }
        }

        ResolveSeparators(classes);
        strong = start;
        for (var i = 0; i < classes.Length; i++)
        {
            classes[i] = classes[i] switch
            {
                BidiClass.Arabic => BidiClass.Right, // W3
                BidiClass.NumberSign or BidiClass.NumberEnd or BidiClass.NumberSeparator => BidiClass.Neutral, // W6
                BidiClass.Number when strong == BidiClass.Left => BidiClass.Left, // W7
                var same => same,
            };
            if (classes[i] is BidiClass.Left or BidiClass.Right)
            {
                strong = classes[i];
            }
        }
    }

    private static void ResolveSeparators(BidiClass[] classes)
    {
        // W4: one sign or separator between two numbers belongs to them.
        for (var i = 1; i + 1 < classes.Length; i++)
        {
            var joins =
                classes[i] == BidiClass.NumberSeparator
                || (classes[i] == BidiClass.NumberSign && classes[i - 1] == BidiClass.Number);
            if (
                joins
                && classes[i - 1] == classes[i + 1]
                && classes[i - 1] is BidiClass.Number or BidiClass.ArabicNumber
            )
            {
                classes[i] = classes[i - 1];
            }
        }

        // W5: percent signs and currencies beside a number belong to it.
        for (var i = 0; i < classes.Length; i++)
        {
            var end = i;
            while (end < classes.Length && classes[end] == BidiClass.NumberEnd)
            {
                end++;
            }

            var beside =
                (i > 0 && classes[i - 1] == BidiClass.Number)
                || (end < classes.Length && classes[end] == BidiClass.Number);
            if (end > i && beside)
            {
                Array.Fill(classes, BidiClass.Number, i, end - i);
            }

            i = Math.Max(i, end - 1);
        }
    }

    // N1, N2: between two of one direction that direction, else the direction of the paragraph; numbers count as right.
    private static void ResolveNeutral(BidiClass[] classes, BidiClass start)
    {
        var i = 0;
        while (i < classes.Length)
        {
            if (!IsNeutral(classes[i]))
            {
                i++;
                continue;
            }

            var end = i;
            while (end < classes.Length && IsNeutral(classes[end]))
            {
                end++;
            }

            var before = i == 0 ? start : Side(classes[i - 1]);
            var after = end == classes.Length ? start : Side(classes[end]);
            Array.Fill(classes, before == after ? before : start, i, end - i);
            i = end;
        }
    }

    private static bool IsNeutral(BidiClass found) => found is BidiClass.Space or BidiClass.Neutral;

    private static BidiClass Side(BidiClass found) => found == BidiClass.Left ? BidiClass.Left : BidiClass.Right;
}
