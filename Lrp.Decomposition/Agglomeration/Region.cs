namespace Lrp.Decomposition.Agglomeration;

/// <summary>A region of the input in the hierarchy: a word or a phrase, a patch or an area.</summary>
/// <param name="Units">The units that it contains, in order.</param>
/// <param name="Score">The score for the explained class.</param>
/// <param name="ClassScores">The score for each class.</param>
/// <param name="Level">The step in which it appeared; 0 for single units.</param>
/// <param name="Children">The regions it was joined from, ordered by their first unit.</param>
public sealed record Region(
    IReadOnlyList<int> Units,
    double Score,
    IReadOnlyList<double> ClassScores,
    int Level,
    IReadOnlyList<Region> Children
)
{
    /// <summary>The region's score minus the sum of its children's scores; 0 for a single unit.</summary>
    public double Interaction => Children.Count == 0 ? 0 : Score - Children.Sum(child => child.Score);
}

/// <summary>The state after one step of an agglomeration.</summary>
/// <param name="Components">For each unit the number of its region; 0 if it is in none yet.</param>
/// <param name="Scores">The class scores of each region, by its number; number 0 is the whole input.</param>
/// <param name="UnitScores">The score that each unit would add; NaN if it is already in a region.</param>
public sealed record AgglomerationStep(
    IReadOnlyList<int> Components,
    IReadOnlyDictionary<int, IReadOnlyList<double>> Scores,
    IReadOnlyList<double> UnitScores
);
