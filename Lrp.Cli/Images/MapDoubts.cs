namespace Lrp.Cli.Images;

/// <summary>What makes a map doubtful whose method distributes the score over the pixels.</summary>
internal static class MapDoubts
{
    /// <summary>The part of the score that relevance should add up to.</summary>
    private const double Arriving = 0.1;

    /// <summary>How many times the score relevance may be, without its signs, before most of it is noise.</summary>
    private const double Growing = 30;

    /// <summary>A sentence about relevance that is no number, much too large, or mostly lost; null otherwise.</summary>
    /// <param name="method">The method's name.</param>
    /// <param name="relevance">The relevance of all pixels.</param>
    /// <param name="score">The score that was distributed.</param>
    public static string? Of(string method, IReadOnlyList<double> relevance, double score)
    {
        var (sum, size) = (relevance.Sum(), relevance.Sum(Math.Abs));
        return !double.IsFinite(size)
                ? $"Relevance of {method} became too large for a number, because it was divided by outputs near zero: "
                    + "take another method."
            : size > Growing * Math.Abs(score)
                ? $"The relevance of {method} is {size:G3} without its signs, and the score {score:G4}: it was divided "
                    + "by outputs near zero, so that most of the map is noise. Take another method."
            : Math.Abs(sum) < Arriving * Math.Abs(score)
                ? $"The relevance of {method} adds up to {sum:G3} of {score:G4}: biases and rules kept the rest, so "
                    + "that the map tells where the network looks, and not how much each place counts."
            : null;
    }
}
