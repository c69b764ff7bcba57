using TorchSharp;

namespace Lrp.Composites.Canonizers;

/// <summary>Several canonizers' changes, undone in reverse.</summary>
internal sealed class AppliedCanonizers : IDisposable
{
    private readonly Stack<IDisposable> _changes = new();

    public static AppliedCanonizers Apply(IEnumerable<ICanonizer> canonizers, torch.nn.Module model)
    {
        var applied = new AppliedCanonizers();
        try
        {
            foreach (var canonizer in canonizers)
            {
                applied._changes.Push(canonizer.Apply(model));
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
