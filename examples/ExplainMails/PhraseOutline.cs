using System.Globalization;
using Lrp.Composites.Agglomeration;
using Mails;

namespace ExplainMails;

/// <summary>A tree of phrases as indented lines: the whole text first, below each phrase what it is made of.</summary>
internal static class PhraseOutline
{
    private const double Least = 0.05;

    /// <summary>The lines; words that say next to nothing are left out.</summary>
    public static string Of(AgglomerationTree tree, Token[] words)
    {
        double least = Least * tree.Regions.Max(region => Math.Abs(region.Score));
        return string.Join('\n', Lines(tree.Root, 0));

        IEnumerable<string> Lines(Region region, int depth)
        {
            string text = string.Join(' ', region.Units.Select(unit => words[unit].Word));
            string line = string.Create(CultureInfo.InvariantCulture, $"{region.Score,7:+0.00;-0.00;0.00}  {new string(' ', 2 * depth)}{text}");
            return region.Children.Where(child => child.Units.Count > 1 || Math.Abs(child.Score) >= least)
                .SelectMany(child => Lines(child, depth + 1)).Prepend(line);
        }
    }
}
