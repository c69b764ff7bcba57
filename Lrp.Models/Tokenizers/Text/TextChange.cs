using System.Text;

namespace Lrp.Models.Tokenizers.Text;

/// <summary>One character of a changed text, and how much of the former text it stands for.</summary>
/// <param name="Value">The character.</param>
/// <param name="Inserted">
/// 0: it stands for the next character of the former text. 1: it is inserted. −n: it stands for the next character,
/// and n more are removed.
/// </param>
internal readonly record struct TextChange(Rune Value, int Inserted)
{
    /// <summary>The changed text. An inserted character comes from where the last used character comes from.</summary>
    public static AlignedText Apply(AlignedText text, IReadOnlyList<TextChange> changes)
    {
        var result = new AlignedText(text.Start, text.Length);
        var next = 0;
        var last = new Origin(text.Start, text.Start);
        foreach (var change in changes)
        {
            if (change.Inserted > 0)
            {
                result.Append(change.Value, last);
                continue;
            }

            result.Append(change.Value, next < text.Length ? text.Origins[next] : last);
            for (var used = 0; used <= -change.Inserted && next < text.Length; used++)
            {
                last = text.Origins[next];
                next += char.IsHighSurrogate(text.Chars[next]) ? 2 : 1;
            }
        }

        return result;
    }
}
