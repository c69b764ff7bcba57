using System.Text;

namespace Lrp.Models.Tokenizers.Text;

/// <summary>
/// Puts a regular expression of Oniguruma, the library that the reference implementation uses, into .NET's syntax.
/// </summary>
/// <remarks>
/// The two differ in what occurs in tokenizers by possessive quantifiers (<c>a++</c>), by <c>\h</c>, by which
/// characters <c>\w</c> stands for, by classes with a POSIX name and by scripts.
/// </remarks>
internal sealed class RegexSyntax
{
    private const string Word = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u00B2\u00B3\u00B9\u00BC-\u00BE\u24B6-\u24E9";
    private const string Hexadecimal = "0-9A-Fa-f";

    /// <summary>Properties that .NET does not know by these names, as the inside of a class.</summary>
    private static readonly Dictionary<string, string> Properties = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Letter"] = @"\p{L}",
        ["Mark"] = @"\p{M}",
        ["Number"] = @"\p{N}",
        ["Punctuation"] = @"\p{P}",
        ["Symbol"] = @"\p{S}",
        ["Digit"] = @"\p{Nd}",
        ["Punct"] = @"\p{P}\p{S}",
        ["Space"] = @"\s",
        ["Word"] = Word,
        ["XDigit"] = Hexadecimal,
        ["Han"] =
            @"\u2E80-\u2E99\u2E9B-\u2EF3\u2F00-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF"
            + @"\u4E00-\u9FFF\uF900-\uFA6D\uFA70-\uFAD9",
        ["Hiragana"] = @"\u3041-\u3096\u309D-\u309F",
        ["Katakana"] = @"\u30A1-\u30FA\u30FD-\u30FF\u31F0-\u31FF\u32D0-\u32FE\u3300-\u3357\uFF66-\uFF6F\uFF71-\uFF9D",
        ["Hangul"] =
            @"\u1100-\u11FF\u302E\u302F\u3131-\u318E\u3200-\u321E\u3260-\u327E\uA960-\uA97C\uAC00-\uD7A3"
            + @"\uD7B0-\uD7C6\uD7CB-\uD7FB\uFFA0-\uFFBE\uFFC2-\uFFC7\uFFCA-\uFFCF\uFFD2-\uFFD7\uFFDA-\uFFDC",
    };

    private readonly string _expression;
    private readonly StringBuilder _result = new();
    private readonly Stack<int> _groups = new();
    private int _position;
    private int _atom;

    private RegexSyntax(string expression)
    {
        _expression = expression;
    }

    /// <summary>The same expression for .NET.</summary>
    /// <exception cref="ArgumentException">It has a construct that is not known here.</exception>
    public static string Translate(string expression) => new RegexSyntax(expression).Translate();

    private string Translate()
    {
        while (_position < _expression.Length)
        {
            switch (_expression[_position])
            {
                case '(':
                    _groups.Push(_result.Length);
                    Copy(1);
                    break;
                case ')':
                    _atom = _groups.TryPop(out var start) ? start : _result.Length;
                    Copy(1);
                    break;
                case '[':
                    _atom = _result.Length;
                    Class();
                    break;
                case '\\':
                    _atom = _result.Length;
                    Escape(inClass: false);
                    break;
                case '?' or '*' or '+' or '{':
                    Quantifier();
                    break;
                default:
                    _atom = _result.Length;
                    Copy(1);
                    break;
            }
        }

        return _result.ToString();
    }

    /// <summary>A quantifier. A '+' behind it makes it possessive, or repeats it where it is a range.</summary>
    private void Quantifier()
    {
        var first = _expression[_position];
        var afterOpening = _position > 0 && _expression[_position - 1] == '(';
        var end = first == '{' ? _expression.IndexOf('}', _position) + 1 : _position + 1;
        if (afterOpening || end == 0)
        {
            Copy(1);
            return;
        }

        Copy(end - _position);
        if (_position < _expression.Length && _expression[_position] == '+')
        {
            _result.Insert(_atom, first == '{' ? "(?:" : "(?>");
            _result.Append(first == '{' ? ")+" : ")");
            _position++;
        }
        else if (_position < _expression.Length && _expression[_position] == '?')
        {
            Copy(1);
        }
    }

    private void Class()
    {
        Copy(1);
        if (_position < _expression.Length && _expression[_position] == '^')
        {
            Copy(1);
        }

        ClassMembers();
        Copy(1);
    }

    /// <summary>What is in a class, up to the bracket that closes it. A class inside adds its members.</summary>
    private void ClassMembers()
    {
        while (_position < _expression.Length && _expression[_position] != ']')
        {
            if (_expression[_position] == '\\')
            {
                Escape(inClass: true);
            }
            else if (At("[:") && _expression.IndexOf(":]", _position, StringComparison.Ordinal) is > 0 and var end)
            {
                Property(_expression[(_position + 2)..end], inClass: true);
                _position = end + 2;
            }
            else if (At("[^") || At("&&"))
            {
                throw Unknown("a class inside a class that takes members away");
            }
            else if (_expression[_position] == '[')
            {
                _position++;
                ClassMembers();
                _position++;
            }
            else
            {
                Copy(1);
            }
        }

        if (_position == _expression.Length)
        {
            throw Unknown("a class that is not closed");
        }
    }

    private void Escape(bool inClass)
    {
        var letter = _position + 1 < _expression.Length ? _expression[_position + 1] : '\0';
        if (letter is 'p' or 'P' && _expression.IndexOf('}', _position) is > 0 and var end)
        {
            var name = _expression[(_position + 3)..end];
            var negated = letter == 'P' ^ name.StartsWith('^');
            Property((negated ? "^" : "") + name.TrimStart('^'), inClass);
            _position = end + 1;
            return;
        }

        var inside = letter switch
        {
            'w' or 'W' => Word,
            'h' or 'H' => Hexadecimal,
            _ => null,
        };
        if (inside is null)
        {
            Copy(2);
            return;
        }

        Append(inside, char.IsUpper(letter), inClass);
        _position += 2;
    }

    private void Property(string name, bool inClass)
    {
        var negated = name.StartsWith('^');
        name = name.TrimStart('^');
        if (Properties.TryGetValue(name, out var inside))
        {
            Append(inside, negated, inClass);
        }
        else if (name.Length <= 2)
        {
            _result.Append(negated ? @"\P{" : @"\p{").Append(name).Append('}');
        }
        else
        {
            throw Unknown($"the property {name}");
        }
    }

    private void Append(string inside, bool negated, bool inClass)
    {
        if (inClass && negated)
        {
            throw Unknown("a negated class inside a class");
        }

        _result.Append(
            inClass ? inside
            : negated ? $"[^{inside}]"
            : $"[{inside}]"
        );
    }

    private bool At(string value) => string.CompareOrdinal(_expression, _position, value, 0, value.Length) == 0;

    private void Copy(int count)
    {
        count = Math.Min(count, _expression.Length - _position);
        _result.Append(_expression, _position, count);
        _position += count;
    }

    private ArgumentException Unknown(string construct) =>
        new($"The regular expression '{_expression}' has {construct}, which cannot be put into .NET's syntax.");
}
