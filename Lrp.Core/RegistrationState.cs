using Microsoft.Extensions.Logging;

namespace Lrp.Core;

/// <summary>What all sites of one registration share.</summary>
internal sealed class RegistrationState(ILogger logger, bool modelWorksInPlace, bool keepsRecords)
{
    private readonly ThreadLocal<int> _suspensions = new();

    /// <summary>Where warnings go.</summary>
    public ILogger Logger { get; } = logger;

    /// <summary>
    /// Whether some module of the model overwrites its input, so that values kept for later need a copy.
    /// </summary>
    public bool ModelWorksInPlace { get; } = modelWorksInPlace;

    /// <summary>Whether sums of relevance are recorded.</summary>
    public bool KeepsRecords { get; } = keepsRecords;

    /// <summary>Whether the registration has been disposed.</summary>
    public bool IsDisposed { get; set; }

    /// <summary>What the sites of the registration keep together.</summary>
    public KeptObjects Kept { get; } = new();

    /// <summary>
    /// Whether a rule is running the model's modules itself on this thread, so that interceptors must not act.
    /// </summary>
    public bool IsSuspended => _suspensions.Value > 0;

    /// <summary>
    /// Keeps every interceptor of the registration from acting on this thread until the result is disposed.
    /// </summary>
    public Suspension Suspend()
    {
        _suspensions.Value++;
        return new Suspension(this);
    }

    internal readonly struct Suspension(RegistrationState state) : IDisposable
    {
        public void Dispose() => state._suspensions.Value--;
    }
}
