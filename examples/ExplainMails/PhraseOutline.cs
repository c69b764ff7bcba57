using System.Globalization;
using Lrp.Decomposition.Agglomeration;
using Mails;

namespace ExplainMails;

/// <summary>
/// Prints a tree of phrases as indented lines: the whole text first, and below each phrase its parts.
/// </summary>
internal static class PhraseOutline
{
    private const double Least = 0.05;

    /// <summary>The lines; words with a score close to zero are left out.</summary>
    public static string Of(AgglomerationTree tree, Token[] words)
    {
        var least = Least * tree.Regions.Max(region => Math.Abs(region.Score));
        return string.Join('\n', Lines(tree.Root, 0));

        IEnumerable<string> Lines(Region region, int depth)
        {
            var text = string.Join(' ', region.Units.Select(unit => words[unit].Word));
            var score = region.Score.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);
            var line = string.Create(
                CultureInfo.InvariantCulture,
                $"{score.PadLeft(7)}  {new string(' ', 2 * depth)}{text}"
            );
            return region
                .Children.Where(child => child.Units.Count > 1 || Math.Abs(child.Score) >= least)
                .SelectMany(child => Lines(child, depth + 1))
                .Prepend(line);
        }
    }
}
