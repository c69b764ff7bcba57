namespace Lrp.Benchmarks.Reporting;

/// <summary>What was measured of one case; null where it was not.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Name">The case's full name, which begins with the group's.</param>
/// <param name="Plain">The name of what it is compared with.</param>
internal sealed record Row(string Group, string Name, string Plain)
{
    /// <summary>Seconds of wall time an operation.</summary>
    public Compared? Time { get; init; }

    /// <summary>Seconds of processor time an operation, over all threads.</summary>
    public Compared? Processor { get; init; }

    /// <summary>Bytes of resident memory at the peak of a process of its own.</summary>
    public Compared? Memory { get; init; }

    /// <summary>What the time buys, such as an accuracy.</summary>
    public string? Note { get; init; }

    /// <summary>This row and what another measured of the same case.</summary>
    public Row With(Row other) => this with
    {
        Time = Time ?? other.Time,
        Processor = Processor ?? other.Processor,
        Memory = Memory ?? other.Memory,
        Note = Note ?? other.Note,
    };
}
