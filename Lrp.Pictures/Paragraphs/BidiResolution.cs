namespace Lrp.Pictures.Paragraphs;

/// <summary>From the classes of characters to their levels: rules W1 to W7, N1, N2, I1 and I2.</summary>
internal static class BidiResolution
{
    /// <summary>The level of each character of a text that has no isolated parts.</summary>
    /// <param name="classes">What each character is; changed.</param>
    /// <param name="level">The level of the text itself.</param>
    public static byte[] Levels(BidiClass[] classes, byte level)
    {
        var runsLeft = level % 2 == 1;
        var start = runsLeft ? BidiClass.Right : BidiClass.Left;
        ResolveWeak(classes, start);
        ResolveNeutral(classes, start);
        return [.. classes.Select(found => (byte)(level + Step(found, runsLeft)))];
    }

    // I1 and I2.
    private static int Step(BidiClass found, bool runsLeft) =>
        (found, runsLeft) switch
        {
            (BidiClass.Left, false) or (BidiClass.Right, true) => 0,
            (BidiClass.Left, true) or (BidiClass.Right, false) => 1,
            (_, true) => 1,
            (_, false) => 2,
        };

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
