using System.Buffers;
using System.Text;
using Lrp.Models.Tokenizers.Text;

namespace Lrp.Models.Tokenizers;

/// <summary>Looks for added tokens in a text: from left to right, of those at one place the longest.</summary>
internal sealed class AddedTokenSearch
{
    private readonly Dictionary<char, List<(string Sought, AddedToken Token, int Id)>> _byFirst;
    private readonly SearchValues<char> _firsts;

    public AddedTokenSearch(IEnumerable<(string Sought, AddedToken Token, int Id)> tokens)
    {
        _byFirst = tokens
            .Where(entry => entry.Sought.Length > 0)
            .OrderByDescending(entry => entry.Sought.Length)
            .GroupBy(entry => entry.Sought[0])
            .ToDictionary(group => group.Key, group => group.ToList());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>The parts of a text, each with the id of the token that it is.</summary>
    public List<(AlignedText Part, int Token)> Cut(AlignedText text)
    {
        var parts = new List<(AlignedText, int)>();
        var open = 0;
        foreach (var (start, end, id) in Find(text))
        {
            if (open < start)
            {
                parts.Add((text.Slice(open, start - open), PieceList.NoToken));
            }

            parts.Add((text.Slice(start, end - start), id));
            open = end;
        }

        if (open == 0)
        {
            parts.Add((text, PieceList.NoToken));
        }
        else if (open < text.Length)
        {
            parts.Add((text.Slice(open, text.Length - open), PieceList.NoToken));
        }

        return parts;
    }

    private List<(int Start, int End, int Id)> Find(AlignedText text)
    {
        var found = new List<(int, int, int)>();
        var chars = text.Chars;
        var open = 0;
        var position = 0;
        while (chars[position..].IndexOfAny(_firsts) is >= 0 and var distance)
        {
            position += distance;
            if (At(chars[position..]) is not { } match)
            {
                position++;
                continue;
            }

            var start = position;
            var end = position += match.Sought.Length;
            if (match.Token.SingleWord && (EndsWithWord(chars[..start]) || StartsWithWord(chars[end..])))
            {
                continue;
            }

            if (match.Token.TakesLeft)
            {
                start = Math.Max(chars[..start].TrimEnd().Length, open);
            }

            if (match.Token.TakesRight)
            {
                end = chars.Length - chars[end..].TrimStart().Length;
            }

            found.Add((start, end, match.Id));
            open = end;
        }

        return found;
    }

    private (string Sought, AddedToken Token, int Id)? At(ReadOnlySpan<char> text)
    {
        foreach (var entry in _byFirst[text[0]])
        {
            if (text.StartsWith(entry.Sought, StringComparison.Ordinal))
            {
                return entry;
            }
        }

        return null;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && CharClasses.IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && CharClasses.IsWord(rune);
}
