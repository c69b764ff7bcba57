using Lrp.Core.Engine;

namespace Lrp.Core;

public sealed partial class Registration
{
    private readonly ThreadLocal<int> suspensions = new();

    private readonly ThreadLocal<ForwardPass?> forwardPass = new(trackAllValues: true);

    /// <summary>The forward pass that runs on this thread, if one does.</summary>
    internal ForwardPass? ForwardPass => forwardPass.Value;

    internal bool IsSuspended => suspensions.Value > 0;

    /// <summary>A forward pass begins on this thread; what one that failed left behind goes.</summary>
    internal void BeginForward()
    {
        forwardPass.Value?.Dispose();
        forwardPass.Value = new ForwardPass();
    }

    internal Suspension Suspend()
    {
        suspensions.Value++;
        return new Suspension(this);
    }

    internal readonly struct Suspension(Registration registration) : IDisposable
    {
        public void Dispose() => registration.suspensions.Value--;
    }
}
