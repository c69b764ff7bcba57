using Spectre.Console;

namespace Programs;

/// <summary>Words in the colours of their numbers.</summary>
public static class WordColours
{
    /// <summary>Writes coloured lines where the terminal has colours; elsewhere the numbers behind them, as a table.</summary>
    /// <param name="coloured">The words with the terminal's colour codes in them.</param>
    /// <param name="words">The words.</param>
    /// <param name="rows">What the numbers are, and one number a word.</param>
    public static void Write(string coloured, IReadOnlyList<string> words, params IReadOnlyList<(string Name, IReadOnlyList<double> Values)> rows)
    {
        if (AnsiConsole.Profile.Capabilities.Ansi && AnsiConsole.Profile.Capabilities.ColorSystem >= ColorSystem.EightBit)
        {
            Console.WriteLine(coloured);
            return;
        }

        MarkdownTable table = new MarkdownTable().Texts("word").Numbers(rows.Select(row => row.Name));
        for (int i = 0; i < words.Count; i++)
        {
            table.Add([words[i].Trim(), .. rows.Select(row => $"{row.Values[i]:0.00;-0.00;0.00}")]);
        }

        Console.WriteLine(table);
    }
}
