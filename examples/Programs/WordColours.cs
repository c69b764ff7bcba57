using Spectre.Console;

namespace Programs;

/// <summary>Prints words in the colours of their numbers.</summary>
public static class WordColours
{
    /// <summary>
    /// Prints coloured lines if the terminal supports colours; otherwise prints the numbers as a table.
    /// </summary>
    /// <param name="coloured">The words with terminal colour codes.</param>
    /// <param name="words">The words.</param>
    /// <param name="rows">For each row a name, and one number per word.</param>
    public static void Write(
        string coloured,
        IReadOnlyList<string> words,
        params IReadOnlyList<(string Name, IReadOnlyList<double> Values)> rows
    )
    {
        if (
            AnsiConsole.Profile.Capabilities.Ansi
            && AnsiConsole.Profile.Capabilities.ColorSystem >= ColorSystem.EightBit
        )
        {
            Console.WriteLine(coloured);
            return;
        }

        var table = new MarkdownTable().Texts("word").Numbers(rows.Select(row => row.Name));
        for (var i = 0; i < words.Count; i++)
        {
            table.Add([words[i].Trim(), .. rows.Select(row => $"{row.Values[i]:0.00;-0.00;0.00}")]);
        }

        Console.WriteLine(table);
    }
}
