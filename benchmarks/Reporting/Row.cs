namespace Lrp.Benchmarks.Reporting;

/// <summary>The results of one case; null for quantities that were not measured.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Name">The case's full name, which begins with the group's.</param>
/// <param name="Plain">The name of the baseline.</param>
internal sealed record Row(string Group, string Name, string Plain)
{
    /// <summary>The wall time per operation in seconds.</summary>
    public Compared? Time { get; init; }

    /// <summary>The processor time of all threads per operation in seconds.</summary>
    public Compared? Processor { get; init; }

    /// <summary>The peak resident memory of a separate process in bytes.</summary>
    public Compared? Memory { get; init; }

    /// <summary>A result of the case, such as an accuracy.</summary>
    public string? Note { get; init; }

    /// <summary>This row with the quantities that another row has for the same case.</summary>
    public Row With(Row other) =>
        this with
        {
            Time = Time ?? other.Time,
            Processor = Processor ?? other.Processor,
            Memory = Memory ?? other.Memory,
            Note = Note ?? other.Note,
        };
}
