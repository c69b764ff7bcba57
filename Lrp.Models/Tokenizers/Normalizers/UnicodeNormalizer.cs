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

        var parts = new List<TextChange>(text.Length);
        foreach (var rune in text.Chars.EnumerateRunes())
        {
            var inserted = 0;
            foreach (var part in Decompose(rune, _decomposition))
            {
                parts.Add(new TextChange(part, inserted));
                inserted = 1;
            }
        }

        var composes = _form is NormalizationForm.FormC or NormalizationForm.FormKC;
        var target = new string(text.Chars).Normalize(_form);
        return TextChange.Apply(text, Match(parts, target, composes));
    }

    /// <summary>Whether the text is ASCII, or for composed forms has no character that composes or decomposes.</summary>
    private bool IsNormal(ReadOnlySpan<char> text) =>
        !text.ContainsAnyExceptInRange('\0', _form == NormalizationForm.FormC ? '\u02FF' : '\u007F');

    /// <summary>
    /// For each character of the target the parts that it is made of: of equal parts the first that is not used yet.
    /// </summary>
    private static List<TextChange> Match(List<TextChange> parts, string target, bool composes)
    {
        var changes = new List<TextChange>(parts.Count);
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

        return changes;
    }

    private static Rune[] Decompose(Rune rune, NormalizationForm form) =>
        Known.GetOrAdd(
            (rune, form),
            static key => [.. key.Item1.ToString().Normalize(key.Item2).EnumerateRunes()]
        );
}
