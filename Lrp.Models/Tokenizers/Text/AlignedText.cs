using System.Text;

namespace Lrp.Models.Tokenizers.Text;

/// <summary>
/// A text that may have been changed, together with the place in the given text that each of its characters comes from.
/// </summary>
/// <param name="start">Where in the given text this text begins.</param>
/// <param name="capacity">For how many UTF-16 units there is room at first.</param>
internal sealed class AlignedText(int start, int capacity)
{
    private char[] _chars = new char[Math.Max(capacity, 4)];
    private Origin[] _origins = new Origin[Math.Max(capacity, 4)];

    /// <summary>Where in the given text this text begins.</summary>
    public int Start { get; } = start;

    /// <summary>The number of UTF-16 units.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, Length);

    /// <summary>The origin of each UTF-16 unit; the two halves of a surrogate pair have the same.</summary>
    public ReadOnlySpan<Origin> Origins => _origins.AsSpan(0, Length);

    /// <summary>A text as it was given. A half surrogate pair becomes U+FFFD, as it stands for no character.</summary>
    public static AlignedText From(string text)
    {
        var aligned = new AlignedText(0, text.Length);
        var i = 0;
        while (i < text.Length)
        {
            var whole = Rune.TryGetRuneAt(text, i, out var rune);
            var length = whole ? rune.Utf16SequenceLength : 1;
            aligned.Append(whole ? rune : Rune.ReplacementChar, new Origin(i, i + length));
            i += length;
        }

        return aligned;
    }

    public void Append(char value, Origin origin)
    {
        Reserve(1);
        _chars[Length] = value;
        _origins[Length] = origin;
        Length++;
    }

    public void Append(Rune value, Origin origin)
    {
        Span<char> units = stackalloc char[2];
        Append(units[..value.EncodeToUtf16(units)], origin);
    }

    /// <summary>Appends characters that all come from one place.</summary>
    public void Append(ReadOnlySpan<char> value, Origin origin)
    {
        Reserve(value.Length);
        value.CopyTo(_chars.AsSpan(Length));
        _origins.AsSpan(Length, value.Length).Fill(origin);
        Length += value.Length;
    }

    /// <summary>Appends a part of another text, with its origins.</summary>
    public void Append(AlignedText other, int start, int length)
    {
        Reserve(length);
        other.Chars.Slice(start, length).CopyTo(_chars.AsSpan(Length));
        other.Origins.Slice(start, length).CopyTo(_origins.AsSpan(Length));
        Length += length;
    }

    /// <summary>A copy of a part, which begins in the given text where its first character comes from.</summary>
    public AlignedText Slice(int start, int length)
    {
        var slice = new AlignedText(length == 0 ? Start : _origins[start].Start, length);
        slice.Append(this, start, length);
        return slice;
    }

    /// <summary>Puts one character in the place of another, wherever it occurs in a part.</summary>
    public void Substitute(int start, int length, char old, char value) =>
        _chars.AsSpan(start, length).Replace(old, value);

    private void Reserve(int more)
    {
        if (Length + more > _chars.Length)
        {
            var size = Math.Max(Length + more, 2 * _chars.Length);
            Array.Resize(ref _chars, size);
            Array.Resize(ref _origins, size);
        }
    }
}
