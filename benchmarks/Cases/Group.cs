namespace Lrp.Benchmarks.Cases;

/// <summary>Which run a measurement belongs to; each includes those before it.</summary>
internal enum Extent
{
    /// <summary>One minute.</summary>
    Quick,

    /// <summary>Five minutes.</summary>
    Default,

    /// <summary>Half an hour.</summary>
    Full,
}

/// <summary>One row of the report.</summary>
/// <param name="Name">Its name inside the group, such as <c>EpsilonPlus</c>.</param>
/// <param name="From">The smallest run that includes it.</param>
internal sealed record Case(string Name, Extent From = Extent.Quick);

/// <summary>Cases that are measured in turn and compared with the same plain thing.</summary>
/// <param name="Name">The beginning of the cases' names, such as <c>lrp/vgg16/batch1</c>.</param>
/// <param name="Plain">What they are compared with.</param>
/// <param name="Cases">The rows.</param>
/// <param name="Prepare">Sets up what all of them need.</param>
internal sealed record Group(string Name, string Plain, IReadOnlyList<Case> Cases, Func<ISubject> Prepare)
{
    /// <summary>The smallest run that measures time.</summary>
    public Extent Time { get; init; } = Extent.Default;

    /// <summary>The smallest run that measures peak memory.</summary>
    public Extent Memory { get; init; } = Extent.Full;

    /// <summary>The part of a run's seconds that the time measurement gets, relative to the others' shares.</summary>
    public double TimeShare { get; init; } = 5;

    /// <summary>The same for the memory measurement.</summary>
    public double MemoryShare { get; init; } = 20;

    /// <summary>The full name of a case, as the command line and the report have it.</summary>
    public string NameOf(Case row) => $"{Name}/{row.Name}";
}
