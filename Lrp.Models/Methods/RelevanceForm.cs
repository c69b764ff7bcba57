namespace Lrp.Models.Methods;

/// <summary>What travels backward through a model.</summary>
public enum RelevanceForm
{
    /// <summary>A gradient that rules change; times the input it is the relevance.</summary>
    Efficient,

    /// <summary>
    /// Relevance itself. It has the same values, costs more, and shows the relevance of every tensor on the way.
    /// </summary>
    Explicit,
}
