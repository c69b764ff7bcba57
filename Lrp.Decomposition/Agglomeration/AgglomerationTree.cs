using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>A hierarchy of regions, from single units (words or patches) up to the whole input.</summary>
public sealed class AgglomerationTree
{
    private const int DeepestJson = 100_000;

    internal AgglomerationTree(
        int rows,
        int columns,
        int explained,
        IReadOnlyList<AgglomerationStep> steps,
        RegionScores scores
    )
    {
        Rows = rows;
        Columns = columns;
        Class = explained;
        Steps = steps;
        ScoreCount = scores.Asked;
        Root = Build(scores);
    }

    /// <summary>The number of rows of units; 1 for text.</summary>
    public int Rows { get; }

    /// <summary>The number of units in a row.</summary>
    public int Columns { get; }

    /// <summary>The explained class.</summary>
    public int Class { get; }

    /// <summary>The steps of the agglomeration; the first is the state before any region is chosen.</summary>
    public IReadOnlyList<AgglomerationStep> Steps { get; }

    /// <summary>
    /// How many regions the algorithm requested a score for, repeated requests included. A repeated request does not
    /// run the model again, and all missing scores of a step are computed together.
    /// </summary>
    public int ScoreCount { get; }

    /// <summary>The region that is the whole input, with the regions that it consists of.</summary>
    public Region Root { get; }

    /// <summary>All regions, parents before children.</summary>
    public IEnumerable<Region> Regions => Walk(Root);

    /// <summary>
    /// The tree as JSON: <c>rows</c>, <c>columns</c>, <c>class</c>, <c>root</c> with <c>units</c>, <c>score</c>,
    /// <c>classScores</c>, <c>level</c>, <c>children</c>.
    /// </summary>
    /// <param name="names">Names of the units, for example the words; left out of the JSON when null.</param>
    public string ToJson(IReadOnlyList<string>? names = null)
    {
        var document = new JsonObject
        {
            ["rows"] = Rows,
            ["columns"] = Columns,
            ["class"] = Class,
        };
        if (names is not null)
        {
            document["names"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]);
        }

        document["root"] = Json(Root);
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, MaxDepth = DeepestJson });
    }

    private static JsonObject Json(Region region) =>
        new()
        {
            ["units"] = new JsonArray([.. region.Units.Select(unit => JsonValue.Create(unit))]),
            ["score"] = Number(region.Score),
            ["classScores"] = new JsonArray([.. region.ClassScores.Select(Number)]),
            ["level"] = region.Level,
            ["children"] = new JsonArray([.. region.Children.Select(Json)]),
        };

    /// <summary>JSON has no NaN and no infinity.</summary>
    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static IEnumerable<Region> Walk(Region region) => region.Children.SelectMany(Walk).Prepend(region);

    private Region Build(RegionScores scores)
    {
        var units = Rows * Columns;
        Region Make(IReadOnlyList<int> members, int level, IReadOnlyList<Region> children)
        {
            var own = scores.Of(members);
            return new Region(members, scores.Explained(own), own, level, children);
        }

        var top = Enumerable
            .Range(0, units)
            .Select(unit => Make([unit], 0, []))
            .ToDictionary(region => region.Units[0]);
        for (var level = 1; level < Steps.Count; level++)
        {
            foreach (
                var group in Steps[level]
                    .Components.Select((number, unit) => (number, unit))
                    .Where(entry => entry.number > 0)
                    .GroupBy(entry => entry.number, entry => entry.unit)
            )
            {
                Join([.. group], level);
            }
        }

        if (top.Values.Distinct().Count() > 1)
        {
            Join([.. Enumerable.Range(0, units)], Steps.Count);
        }

        return top[0];

        void Join(int[] members, int level)
        {
            var children = members.Select(unit => top[unit]).Distinct().ToList();
            if (children.Count < 2)
            {
                return;
            }

            // A region that only grew by single units keeps its children, so that each node stands for one join.
            var joined = Make(members, level, [.. children.OrderBy(child => child.Units[0])]);
            foreach (var unit in members)
            {
                top[unit] = joined;
            }
        }
    }
}
