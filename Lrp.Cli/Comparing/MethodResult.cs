using Lrp.Attribution.Evaluation;
using Lrp.Pictures;

namespace Lrp.Cli.Comparing;

/// <summary>What one method says of one input.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Relevance">One number for each token or pixel.</param>
/// <param name="Curves">The score while tokens or pixels are removed.</param>
/// <param name="Time">How long the explanation took.</param>
/// <param name="Shown">The method's map for a terminal.</param>
/// <param name="Draw">Draws the map.</param>
internal sealed record MethodResult(
    string Method,
    IReadOnlyList<double> Relevance,
    FlippingCurves Curves,
    TimeSpan Time,
    string Shown,
    Func<Picture> Draw
)
{
    /// <summary>The sum of the relevance.</summary>
    public double Sum => Relevance.Sum();

    /// <summary>
    /// Parts that are removed or inserted, and the score there: most relevant first, from the whole input or from none.
    /// Inserting the most relevant first is the way back from removing the least relevant first.
    /// </summary>
    public IReadOnlyList<(double X, double Y)> Deletion => [.. Curves.Fractions.Zip(Curves.MostRelevantFirst)];

    /// <inheritdoc cref="Deletion"/>
    public IReadOnlyList<(double X, double Y)> Insertion =>
        [.. Curves.Fractions.Reverse().Select(part => 1 - part).Zip(Curves.LeastRelevantFirst.Reverse())];
}
