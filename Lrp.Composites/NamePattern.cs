using System.Text.RegularExpressions;

namespace Lrp.Composites;

/// <summary>A module name as a key: exact, or with <c>*</c> for any characters and <c>?</c> for one.</summary>
internal sealed class NamePattern
{
    private readonly Regex? _regex;

    public NamePattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
        if (text.AsSpan().ContainsAny('*', '?'))
        {
            var pattern = Regex
                .Escape(text)
                .Replace("\\*", ".*", StringComparison.Ordinal)
                .Replace("\\?", ".", StringComparison.Ordinal);
            _regex = new Regex($"^{pattern}$", RegexOptions.CultureInvariant | RegexOptions.Singleline);
        }
    }

    public string Text { get; }

    public bool IsExact => _regex is null;

    public bool Matches(string name) => _regex?.IsMatch(name) ?? string.Equals(name, Text, StringComparison.Ordinal);
}
