using System.Globalization;

namespace Lrp.Rules;

/// <summary>How rules print their parameters.</summary>
internal static class Formatting
{
    public static string Text(object value) =>
        value is double number ? number.ToString("g6", CultureInfo.InvariantCulture) : value.ToString() ?? "";

    public static string Describe(string rule, bool excludeBias, params (string Name, object Value)[] parameters)
    {
        var parts = parameters.Select(parameter => $"{parameter.Name}: {Text(parameter.Value)}").ToList();
        if (excludeBias)
        {
            parts.Add("without bias");
        }

        return parts.Count == 0 ? rule : $"{rule}({string.Join(", ", parts)})";
    }
}
