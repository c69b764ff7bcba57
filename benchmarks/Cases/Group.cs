namespace Lrp.Benchmarks.Cases;

/// <summary>The runs that include a measurement; each run includes the measurements of those before it.</summary>
internal enum Extent
{
    /// <summary>One minute.</summary>
    Quick,

    /// <summary>Five minutes.</summary>
    Default,

    /// <summary>Half an hour.</summary>
    Full,
}

/// <summary>One case, a row of the report.</summary>
/// <param name="Name">The name inside the group, such as <c>EpsilonPlus</c>.</param>
/// <param name="From">The smallest run that includes it.</param>
internal sealed record Case(string Name, Extent From = Extent.Quick);

/// <summary>Cases that are measured in turn and compared with the same baseline.</summary>
/// <param name="Name">The prefix of the cases' names, such as <c>lrp/vgg16/batch1</c>.</param>
/// <param name="Plain">The name of the baseline.</param>
/// <param name="Cases">The cases.</param>
/// <param name="Prepare">Creates the models and data that all cases use.</param>
internal sealed record Group(string Name, string Plain, IReadOnlyList<Case> Cases, Func<ISubject> Prepare)
{
    /// <summary>The smallest run that measures time.</summary>
    public Extent Time { get; init; } = Extent.Default;

    /// <summary>The smallest run that measures peak memory.</summary>
    public Extent Memory { get; init; } = Extent.Full;

    /// <summary>The weight of the time measurement when a run's time is divided.</summary>
    public double TimeShare { get; init; } = 5;

    /// <summary>The weight of the memory measurement when a run's time is divided.</summary>
    public double MemoryShare { get; init; } = 20;

    /// <summary>The full name of a case in the report and on the command line.</summary>
    public string NameOf(Case row) => $"{Name}/{row.Name}";
}
