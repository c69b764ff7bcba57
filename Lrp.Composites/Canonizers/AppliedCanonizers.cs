using Lrp.Core.Registrations;
using TorchSharp;

namespace Lrp.Composites.Canonizers;

/// <summary>Several canonizers' changes, undone in reverse.</summary>
internal sealed class AppliedCanonizers : IDisposable
{
    private readonly Stack<IDisposable> _changes = new();

    public static AppliedCanonizers Apply(IEnumerable<ICanonizer> canonizers, torch.nn.Module model) =>
        AllOf(canonizers.Select(canonizer => (Func<IDisposable>)(() => canonizer.Apply(model))));

    /// <summary>The registered model is called for the first time.</summary>
    public void ApplyBeforeFirstCall(IEnumerable<IFirstCallCanonizer> canonizers, FirstCall call) =>
        _changes.Push(AllOf(canonizers.Select(canonizer => (Func<IDisposable>)(() => canonizer.Apply(call)))));

    private static AppliedCanonizers AllOf(IEnumerable<Func<IDisposable>> changes)
    {
        var applied = new AppliedCanonizers();
        try
        {
            foreach (var change in changes)
            {
                applied._changes.Push(change());
            }
        }
        catch
        {
            applied.Dispose();
            throw;
        }

        return applied;
    }

    public void Dispose()
    {
        while (_changes.TryPop(out var change))
        {
            change.Dispose();
        }
    }
}
