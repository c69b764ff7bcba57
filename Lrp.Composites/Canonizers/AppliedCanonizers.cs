using TorchSharp;

namespace Lrp.Composites.Canonizers;

/// <summary>Several canonizers' changes, undone in reverse.</summary>
internal sealed class AppliedCanonizers : IDisposable
{
    private readonly Stack<IDisposable> changes = new();

    public static AppliedCanonizers Apply(IEnumerable<ICanonizer> canonizers, torch.nn.Module model)
    {
        var applied = new AppliedCanonizers();
        try
        {
            foreach (var canonizer in canonizers)
            {
                applied.changes.Push(canonizer.Apply(model));
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
        while (changes.TryPop(out var change))
        {
            change.Dispose();
        }
    }
}
