using System.Collections.Concurrent;
using System.Text;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers.Normalizers;

/// <summary>Unicode's normal forms C, D, KC and KD, with the origin of each character.</summary>
/// <remarks>
/// .NET's normalization does not say where a character comes from. So characters are decomposed one by one, and the
/// normalized text, which has the same parts in another order or composed, is matched with them.
/// </remarks>
internal sealed class UnicodeNormalizer : INormalizer
{
    private static readonly ConcurrentDictionary<(Rune, NormalizationForm), Rune[]> Known = new();

    /// <summary>
    /// Characters that stay as they are: U+FFFE, which .NET refuses, and those that Unicode has a decomposition for
    /// since version 10, as the reference implementation has the tables of version 9.
    /// </summary>
    private static readonly (int First, int Last)[] Kept =
    [
        (0x32FF, 0x32FF),
        (0xA7F2, 0xA7F4),
        (0xAB69, 0xAB69),
        (0xFFFE, 0xFFFE),
        (0x10781, 0x107BA),
        (0x11938, 0x11938),
        (0x1E030, 0x1E06D),
        (0x1F16C, 0x1F16C),
        (0x1FBF0, 0x1FBF9),
    ];

    private readonly NormalizationForm _form;
    private readonly NormalizationForm _decomposition;

    /// <summary>Creates a normalizer.</summary>
    /// <exception cref="PlatformNotSupportedException">This runtime has no tables of Unicode.</exception>
    public UnicodeNormalizer(NormalizationForm form)
    {
        _form = form;
        _decomposition = form is NormalizationForm.FormC or NormalizationForm.FormD
            ? NormalizationForm.FormD
            : NormalizationForm.FormKD;
        if ("\u00E9".Normalize(NormalizationForm.FormD).Length != 2)
        {
            throw new PlatformNotSupportedException(
                "This tokenizer normalizes Unicode, for which .NET needs ICU; install libicu, and do not set "
                    + "InvariantGlobalization."
            );
        }
    }

    public AlignedText Normalize(AlignedText text)
    {
        if (IsNormal(text.Chars))
        {
            return text;
        }

        var changes = new List<TextChange>(text.Length);
        var rest = text.Chars;
        while (rest.Length > 0)
        {
            var length = LengthToKept(rest, out var kept);
            if (length > 0)
            {
                AddChanges(rest[..length], changes);
            }

            if (kept is { } rune)
            {
                changes.Add(new TextChange(rune, 0));
                length += rune.Utf16SequenceLength;
            }

            rest = rest[length..];
        }

        return TextChange.Apply(text, changes);
    }

    private void AddChanges(ReadOnlySpan<char> text, List<TextChange> changes)
    {
        var parts = new List<TextChange>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var inserted = 0;
            foreach (var part in Decompose(rune, _decomposition))
            {
                parts.Add(new TextChange(part, inserted));
                inserted = 1;
            }
        }

        var composes = _form is NormalizationForm.FormC or NormalizationForm.FormKC;
        Match(parts, new string(text).Normalize(_form), composes, changes);
    }

    private static int LengthToKept(ReadOnlySpan<char> text, out Rune? kept)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Array.Exists(Kept, range => rune.Value >= range.First && rune.Value <= range.Last))
            {
                kept = rune;
                return length;
            }

            length += rune.Utf16SequenceLength;
        }

        kept = null;
        return length;
    }

    /// <summary>
    /// Whether the text is ASCII, or for composed forms has no character that composes or decomposes.
    /// </summary>
    private bool IsNormal(ReadOnlySpan<char> text) =>
        !text.ContainsAnyExceptInRange('\0', _form == NormalizationForm.FormC ? '\u02FF' : '\u007F');

    /// <summary>
    /// For each character of the target the parts that it is made of: of equal parts the first that is not used yet.
    /// </summary>
    private static void Match(List<TextChange> parts, string target, bool composes, List<TextChange> changes)
    {
        var used = new bool[parts.Count];
        var first = 0;
        foreach (var rune in target.EnumerateRunes())
        {
            var inserted = 0;
            var made = composes ? Decompose(rune, NormalizationForm.FormD) : [rune];
            for (var i = 0; i < made.Length; i++)
            {
                var place = first;
                while (used[place] || parts[place].Value != made[i])
                {
                    place++;
                }

                used[place] = true;
                inserted += parts[place].Inserted - (i == 0 ? 0 : 1);
                while (first < used.Length && used[first])
                {
                    first++;
                }
            }

            changes.Add(new TextChange(rune, inserted));
        }
    }

    private static Rune[] Decompose(Rune rune, NormalizationForm form) =>
        Known.GetOrAdd((rune, form), static key => [.. key.Item1.ToString().Normalize(key.Item2).EnumerateRunes()]);
}
