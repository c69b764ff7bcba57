namespace Lrp.Benchmarks.Cases;

/// <summary>The models and data that a group measures, created once.</summary>
internal interface ISubject : IDisposable
{
    /// <summary>Prepares the baseline or a case; the preparation is not timed.</summary>
    /// <param name="name">The group's <see cref="Group.Plain"/>, or the name of a case.</param>
    /// <returns>The operation to time; disposed after it has run.</returns>
    Visit Open(string name);

    /// <summary>A result of a case, such as an accuracy; null if there is none.</summary>
    /// <param name="name">The same as for <see cref="Open"/>.</param>
    string? Note(string name) => null;
}

/// <summary>An operation that is ready to run.</summary>
/// <param name="Run">Runs the operation once.</param>
/// <param name="Count">How many equal operations one run consists of; times are reported for one of them.</param>
/// <param name="State">An object that is disposed together with the visit.</param>
internal sealed record Visit(Action Run, long Count = 1, IDisposable? State = null) : IDisposable
{
    public void Dispose() => State?.Dispose();
}
