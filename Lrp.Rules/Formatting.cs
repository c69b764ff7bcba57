using System.Globalization;

namespace Lrp.Rules;

/// <summary>How rules print their parameters.</summary>
internal static class Formatting
{
    public static string Number(double value) => value.ToString("g6", CultureInfo.InvariantCulture);

    public static string Describe(string rule, bool excludeBias, params (string Name, double Value)[] parameters)
    {
        var parts = parameters.Select(parameter => $"{parameter.Name}: {Number(parameter.Value)}").ToList();
        if (excludeBias)
        {
            parts.Add("without bias");
        }

        return parts.Count == 0 ? rule : $"{rule}({string.Join(", ", parts)})";
    }
}
