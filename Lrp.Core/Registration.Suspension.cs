namespace Lrp.Core;

public sealed partial class Registration
{
    private readonly ThreadLocal<int> suspensions = new();

    internal bool IsSuspended => suspensions.Value > 0;

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
