namespace Lrp.Composites.Agglomeration;

/// <summary>A region of the input in the hierarchy: a word, a phrase, a patch, an area.</summary>
/// <param name="Units">The units in it, in order.</param>
/// <param name="Score">How much it speaks for the explained class.</param>
/// <param name="ClassScores">How much it speaks for each class.</param>
/// <param name="Level">When it appeared: 0 for single units, then the step.</param>
/// <param name="Children">The regions it was put together from, in order of their first unit.</param>
public sealed record Region(
    IReadOnlyList<int> Units, double Score, IReadOnlyList<double> ClassScores, int Level, IReadOnlyList<Region> Children)
{
    /// <summary>How much the region says beyond what its parts say: its score less theirs.</summary>
    public double Interaction => Children.Count == 0 ? 0 : Score - Children.Sum(child => child.Score);
}

/// <summary>The state after one step of an agglomeration.</summary>
/// <param name="Components">For each unit the number of the region it is in; 0 for none yet.</param>
/// <param name="Scores">The class scores of each region, by its number; number 0 is the whole input.</param>
/// <param name="UnitScores">What each unit would add; NaN where it is in a region already.</param>
public sealed record AgglomerationStep(
    IReadOnlyList<int> Components, IReadOnlyDictionary<int, IReadOnlyList<double>> Scores, IReadOnlyList<double> UnitScores);
