namespace Lrp.Benchmarks.Cases;

/// <summary>What a group measures: models and data, set up once.</summary>
internal interface ISubject : IDisposable
{
    /// <summary>Makes ready to run the plain thing or a case; none of it is timed.</summary>
    /// <param name="name">The group's <see cref="Group.Plain"/> or a case's name.</param>
    /// <returns>What is timed; disposed after its run.</returns>
    Visit Open(string name);

    /// <summary>What a case's time buys, such as an accuracy; null when there is nothing to say.</summary>
    /// <param name="name">As for <see cref="Open"/>.</param>
    string? Note(string name) => null;
}

/// <summary>Something ready to be run.</summary>
/// <param name="Run">One run.</param>
/// <param name="Count">How many equal operations a run is made of; times are given for one.</param>
/// <param name="State">What lives as long as the visit.</param>
internal sealed record Visit(Action Run, long Count = 1, IDisposable? State = null) : IDisposable
{
    public void Dispose() => State?.Dispose();
}
